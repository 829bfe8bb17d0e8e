import { spawnSync } from "node:child_process";
import { me, SimulatedCloud } from "./simulated-cloud";

const python = spawnSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"], { encoding: "utf8" });
const usable = python.stdout?.trim() === "True";

(usable ? describe : describe.skip)(
  `the rule that claims the reserved IP${usable ? "" : " (skipped: needs python3 ≥ 3.10)"}`,
  () => {
    let cloud: SimulatedCloud;
    beforeEach(() => {
      cloud = new SimulatedCloud();
    });
    afterEach(() => cloud.stop());

    /** The holder loses power: nothing answers, this node becomes master. */
    const peerDies = () => {
      delete cloud.health[2];
      cloud.vrrp = "MASTER";
    };

    test("reads nothing but metadata while it holds the address, but for one question to the API a minute", async () => {
      cloud.holder = me;
      await cloud.runUntil(600);
      expect(cloud.did("GetAddress").length).toBe(10);
      expect(cloud.did("Probe", "Assign")).toEqual([]);
    });

    test("asks the API nothing while the other serves", async () => {
      await cloud.runUntil(600);
      expect(cloud.did("GetAddress", "Assign")).toEqual([]);
      expect(cloud.did("Probe").every(({ edge }) => !edge)).toBe(true);
    });

    test("claims the address of a dead holder within a second of its own election", async () => {
      await cloud.runUntil(10);
      peerDies();
      await cloud.runUntil(11);
      const [assign] = cloud.did("Assign");
      expect(assign?.at).toBeLessThan(11);
    });

    test("asks the witnesses again after the API has named the holder, the edge too, and then claims", async () => {
      await cloud.runUntil(10);
      const before = cloud.deeds.length;
      peerDies();
      await cloud.runUntil(11);
      const steps = cloud.deeds.slice(before).filter(({ kind }) => !["Publish", "Log", "Wait"].includes(kind));
      expect(steps.slice(0, 6)).toMatchObject([
        { kind: "Observe" },
        { kind: "Probe", edge: true },
        { kind: "GetAddress" },
        { kind: "Probe", holder_address: "10.10.0.6", edge: true },
        { kind: "Observe" },
        { kind: "Assign" },
      ]);
    });

    test("allows the claim one second from the moment the API was asked", async () => {
      peerDies();
      await cloud.runUntil(1);
      expect(cloud.did("Assign")[0]?.deadline).toBeCloseTo((cloud.did("GetAddress")[0]?.at ?? NaN) + 1);
    });

    test("claims an address that nobody holds", async () => {
      cloud.holder = null;
      cloud.vrrp = "MASTER";
      await cloud.runUntil(5);
      expect(cloud.holder).toBe(me);
    });

    test.each(["the reserved IP", "the VPC", "the edge"])(
      "claims nothing while %s still reaches the holder",
      async (path) => {
        cloud.vrrp = "MASTER";
        cloud.reservedIpWorks = path === "the reserved IP";
        cloud.edgeWorks = path === "the edge";
        cloud.vpcWorks = path === "the VPC";
        await cloud.runUntil(120);
        expect(cloud.did("Assign")).toEqual([]);
      },
    );

    test("claims from a holder that says it is at fault", async () => {
      cloud.health[2] = "fault";
      cloud.vrrp = "MASTER";
      await cloud.runUntil(1);
      expect(cloud.did("Assign").length).toBe(1);
    });

    test("claims nothing when the answers take so long that a second has passed", async () => {
      cloud.takes = { ...cloud.takes, GetAddress: 0.9, Probe: 0.3 };
      peerDies();
      await cloud.runUntil(20);
      expect(cloud.did("Assign")).toEqual([]);
      expect(cloud.logged("too-late").length).toBeGreaterThan(0);
    });

    test("claims nothing when it began to drain between question and claim", async () => {
      peerDies();
      cloud.later(0.12, () => (cloud.draining = true));
      await cloud.runUntil(5);
      expect(cloud.did("Assign")).toEqual([]);
    });

    test.each(["draining", "at fault", "without a working HAProxy"])("claims nothing while it is %s", async (state) => {
      delete cloud.health[2];
      cloud.vrrp = state === "at fault" ? "FAULT" : "MASTER";
      cloud.draining = state === "draining";
      cloud.alive = state !== "without a working HAProxy";
      await cloud.runUntil(60);
      expect(cloud.did("Assign")).toEqual([]);
    });

    test("claims nothing while the address is locked, and asks once a second", async () => {
      cloud.locked = true;
      peerDies();
      await cloud.runUntil(10);
      expect(cloud.did("Assign")).toEqual([]);
      expect(cloud.did("GetAddress").length).toBeLessThanOrEqual(10);
      cloud.locked = false;
      await cloud.runUntil(15);
      expect(cloud.holder).toBe(me);
    });

    test("asks who holds the address before it claims again after a 422", async () => {
      cloud.assignFails = { status: 422 };
      peerDies();
      await cloud.runUntil(10);
      const calls = cloud.did("GetAddress", "Assign").map(({ kind }) => kind);
      expect(calls.length).toBeGreaterThan(4);
      expect(calls.join(" ")).not.toMatch(/Assign Assign/);
      cloud.assignFails = undefined;
      await cloud.runUntil(20);
      expect(cloud.holder).toBe(me);
    });

    test("takes a 422 for success when the API then says that it holds the address", async () => {
      peerDies();
      cloud.assignFails = { status: 422 };
      cloud.later(0.3, () => (cloud.holder = me));
      await cloud.runUntil(20);
      expect(cloud.did("Assign").length).toBe(1);
    });

    test("asks nothing before the time that a 429 names has passed", async () => {
      cloud.getFails = { status: 429, retry_after: 30 };
      peerDies();
      await cloud.runUntil(30);
      expect(cloud.did("GetAddress").length).toBe(1);
      cloud.getFails = undefined;
      await cloud.runUntil(35);
      expect(cloud.holder).toBe(me);
    });

    test("never stops to try while the API is down, at most 5 s apart, and says so after 30 s", async () => {
      cloud.getFails = { status: 0 };
      peerDies();
      await cloud.runUntil(300);
      const times = cloud.did("GetAddress").map(({ at }) => at);
      const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      expect(Math.max(...pauses)).toBeLessThan(6.5);
      expect(times.length).toBeLessThan(80);
      expect(cloud.logged("not-served")[0]).toMatchObject({ level: 3 });
      expect(cloud.logged("not-served")[0]?.at).toBeLessThan(31.5);
      cloud.getFails = undefined;
      await cloud.runUntil(310);
      expect(cloud.holder).toBe(me);
    });

    test("moves nothing when only the API is lost", async () => {
      cloud.getFails = { status: 0 };
      cloud.vrrp = "MASTER";
      await cloud.runUntil(60);
      expect(cloud.did("Assign")).toEqual([]);
      expect(cloud.did("Publish").map(({ health }) => health)).toEqual(["ok"]);
    });

    test("claims as a backup when nobody has served for 15 s and its rank, but not sooner", async () => {
      delete cloud.health[2];
      cloud.rankDelay = 2.5;
      await cloud.runUntil(17.4);
      expect(cloud.did("Assign")).toEqual([]);
      await cloud.runUntil(19);
      expect(cloud.did("Assign").length).toBe(1);
    });

    test("does not take its own claim for somebody else's while metadata lags", async () => {
      cloud.metadata = false;
      cloud.reservedIpWorks = false;
      cloud.edgeWorks = false;
      peerDies();
      await cloud.runUntil(60);
      expect(cloud.did("Assign").length).toBe(1);
    });

    test("forgets a holder that lost the address while its health still answers over the VPC", async () => {
      cloud.vrrp = "MASTER";
      await cloud.runUntil(5);
      cloud.holder = null;
      await cloud.runUntil(20);
      expect(cloud.holder).toBe(me);
    });

    test("leaves 20 s between two claims", async () => {
      peerDies();
      await cloud.runUntil(5);
      cloud.holder = 2;
      cloud.health[2] = "fault";
      await cloud.runUntil(60);
      const [first, second] = cloud.did("Assign").map(({ at }) => at);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(20);
    });

    test("does not wait to claim from a holder that drains", async () => {
      peerDies();
      await cloud.runUntil(5);
      cloud.holder = 2;
      cloud.health[2] = "draining";
      await cloud.runUntil(8);
      expect(cloud.did("Assign").length).toBe(2);
    });

    test("relays what a holder that drains has in flight, until its drain is over for certain", async () => {
      cloud.health[2] = "draining";
      cloud.vrrp = "MASTER";
      await cloud.runUntil(190);
      expect(cloud.did("Relay")).toMatchObject([{ role: "for", address: "10.10.0.6" }]);
      await cloud.runUntil(205);
      expect(cloud.did("Relay").at(-1)).toMatchObject({ role: "off" });
    });

    test("relays nothing any more when the drain is over, so that connections which are left are reset", async () => {
      cloud.health[2] = "draining";
      cloud.vrrp = "MASTER";
      await cloud.runUntil(30);
      expect(cloud.did("Relay").length).toBe(1);
      // It does not answer once, then its HAProxy has stopped.
      cloud.vpcWorks = false;
      await cloud.runUntil(31.5);
      cloud.vpcWorks = true;
      await cloud.runUntil(40);
      expect(cloud.did("Relay").length).toBe(1);
      delete cloud.health[2];
      await cloud.runUntil(44);
      expect(cloud.did("Relay")).toMatchObject([{ role: "for", address: "10.10.0.6" }, { role: "off" }]);
      expect(cloud.did("Publish").at(-1)).toMatchObject({ state: { relay: "off" } });
    });

    test("relays nothing any more when it claims again, from one that is dead: its connections are to be reset", async () => {
      cloud.health[2] = "draining";
      cloud.vrrp = "MASTER";
      await cloud.runUntil(30);
      [cloud.holder, cloud.health[2]] = [2, "ok"];
      await cloud.runUntil(60);
      peerDies();
      await cloud.runUntil(70);
      expect(cloud.holder).toBe(me);
      expect(cloud.did("Relay")).toMatchObject([{ role: "for", address: "10.10.0.6" }, { role: "off" }]);
    });

    test("relays nothing for a holder that is dead", async () => {
      peerDies();
      await cloud.runUntil(10);
      expect(cloud.holder).toBe(me);
      expect(cloud.did("Relay")).toEqual([]);
    });

    test("waits twice as long after each time it was deposed while healthy, up to 15 minutes", async () => {
      peerDies();
      cloud.health[2] = "fault";
      // Somebody else, who does not see this node, takes the address away a second after each claim.
      for (let time = 5; time < 8000; time += 5) {
        await cloud.runUntil(time);
        if (cloud.holder === me) cloud.holder = 2;
      }
      const times = cloud.did("Assign").map(({ at }) => at);
      const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      expect(pauses[0]).toBeGreaterThanOrEqual(40);
      expect(pauses[1]).toBeGreaterThanOrEqual(80);
      expect(pauses[2]).toBeGreaterThanOrEqual(160);
      expect(Math.max(...pauses)).toBeLessThan(910);
      expect(times.length).toBeGreaterThan(8);
    });

    test("forgets how often it was deposed once a witness has answered", async () => {
      peerDies();
      await cloud.runUntil(5);
      cloud.holder = 2;
      cloud.health[2] = "fault";
      await cloud.runUntil(7);
      cloud.health[2] = "ok";
      await cloud.runUntil(30);
      cloud.health[2] = "fault";
      await cloud.runUntil(32);
      expect(cloud.did("Assign").length).toBe(2);
    });

    test("goes back to the start when an action ends in an error, or never ends", async () => {
      cloud.actionEnds = "errored";
      peerDies();
      await cloud.runUntil(6);
      expect(cloud.did("Assign").length).toBeGreaterThan(1);
      cloud.actionEnds = "never";
      const before = cloud.did("Assign").length;
      await cloud.runUntil(60);
      expect(cloud.did("Assign").length - before).toBeLessThanOrEqual(1);
      cloud.actionEnds = "completed";
      await cloud.runUntil(140);
      expect(cloud.holder).toBe(me);
    });

    test("raises an alert when metadata says active and the API names another", async () => {
      cloud.metadata = true;
      await cloud.runUntil(100);
      expect(cloud.logged("alert")).toMatchObject([{ level: 2 }, { level: 2 }]);
    });

    test("raises an alert when a claim is refused because this droplet has another reserved IP", async () => {
      cloud.otherAddress = true;
      cloud.assignFails = { status: 422 };
      peerDies();
      await cloud.runUntil(2);
      expect(cloud.logged("alert")[0]).toMatchObject({ level: 2 });
    });

    test("says at once that it is at fault, so that nobody keeps it in office", async () => {
      cloud.holder = me;
      await cloud.runUntil(5);
      cloud.vrrp = "FAULT";
      await cloud.runUntil(5.6);
      expect(cloud.did("Publish").at(-1)?.health).toBe("fault");
      cloud.vrrp = "BACKUP";
      await cloud.runUntil(9);
      expect(cloud.did("Publish").at(-1)?.health).toBe("ok");
    });

    describe("when it drains", () => {
      const drained = () => cloud.did("Publish").find(({ state }) => state.drained);

      beforeEach(async () => {
        cloud.holder = me;
        await cloud.runUntil(5);
        cloud.draining = true;
      });

      test("says so at once, and is done when the API names another without a lock", async () => {
        await cloud.runUntil(6);
        expect(cloud.did("Publish").at(-1)?.health).toBe("draining");
        await cloud.runUntil(10);
        expect(drained()).toBeUndefined();
        [cloud.holder, cloud.locked] = [2, true];
        await cloud.runUntil(12);
        expect(drained()).toBeUndefined();
        cloud.locked = false;
        await cloud.runUntil(14);
        expect(drained()).toBeDefined();
      });

      test("is not done while metadata still says that it holds the address", async () => {
        [cloud.holder, cloud.metadata] = [2, true];
        await cloud.runUntil(20);
        expect(drained()).toBeUndefined();
      });

      test("is done after 10 s without the address when the API does not answer", async () => {
        [cloud.metadata, cloud.getFails] = [false, { status: 0 }];
        await cloud.runUntil(14.9);
        expect(drained()).toBeUndefined();
        await cloud.runUntil(17);
        expect(drained()).toBeDefined();
      });

      test("gives up after 60 s without a successor", async () => {
        await cloud.runUntil(64.9);
        expect(drained()).toBeUndefined();
        await cloud.runUntil(66.5);
        expect(drained()).toBeDefined();
      });

      test("sends what is in flight through the new holder, and waits for its end", async () => {
        cloud.inFlight = 3;
        await cloud.runUntil(7);
        expect(cloud.did("Relay")).toEqual([]);
        cloud.holder = 2;
        await cloud.runUntil(7.5);
        expect(cloud.did("Relay")).toMatchObject([{ role: "through", address: "10.10.0.6" }]);
        await cloud.runUntil(20);
        expect(drained()).toBeUndefined();
        cloud.inFlight = 0;
        await cloud.runUntil(21);
        expect(drained()).toBeDefined();
        expect(cloud.did("Relay")).toHaveLength(1);
      });

      test("waits for 2 s after the move, in which what it lost is sent again", async () => {
        cloud.holder = 2;
        await cloud.runUntil(6.9);
        expect(cloud.did("Relay")).toMatchObject([{ role: "through", address: "10.10.0.6" }]);
        expect(drained()).toBeUndefined();
        await cloud.runUntil(7.7);
        expect(drained()).toBeDefined();
      });

      test("waits no longer than 100 s for the end of what is in flight", async () => {
        [cloud.inFlight, cloud.holder] = [1, 2];
        await cloud.runUntil(104.9);
        expect(drained()).toBeUndefined();
        await cloud.runUntil(106.5);
        expect(drained()).toBeDefined();
      });

      test("serves again when the drain is undone", async () => {
        cloud.holder = 2;
        await cloud.runUntil(8);
        expect(drained()).toBeDefined();
        cloud.draining = false;
        await cloud.runUntil(9);
        expect(cloud.did("Relay").at(-1)).toMatchObject({ role: "off" });
        expect(cloud.did("Publish").at(-1)).toMatchObject({ health: "ok", state: { drained: false } });
      });
    });

    test("waits for its own claim to end before it is drained", async () => {
      cloud.assignSeconds = 8;
      peerDies();
      await cloud.runUntil(1);
      cloud.draining = true;
      await cloud.runUntil(6);
      expect(cloud.did("Publish").at(-1)?.health).toBe("draining");
      expect(cloud.did("Publish").some(({ state }) => state.drained)).toBe(false);
      await cloud.runUntil(12);
      expect(cloud.holder).toBe(me);
      expect(cloud.did("Publish").some(({ state }) => state.drained)).toBe(false);
    });
  },
);
