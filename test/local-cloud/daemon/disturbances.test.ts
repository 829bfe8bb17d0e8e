import type { Fault, Faults } from "../../../local-cloud/api/faults";
import { Disturbances } from "../../../local-cloud/daemon/disturbances";
import type { NspawnMachines } from "../../../local-cloud/machines/nspawn-machines";
import type { PostgresServer } from "../../../local-cloud/postgres/postgres-server";
import type { Breakage, CloudNetwork } from "../../../local-cloud/network/cloud-network";

/** Disturbances of a cloud that writes down what is done to it. */
function disturbancesUnderTest() {
  const calls: string[] = [];
  let breakages: readonly Breakage[] = [];
  let apiFaults: readonly Fault[] = [];
  const note =
    (name: string) =>
    async (id: number | string, more = "") =>
      void calls.push(`${name} ${id}${more}`);
  const machines = {
    powerOff: note("power off"),
    powerOn: note("power on"),
    freeze: note("freeze"),
    thaw: note("thaw"),
    killUnit: (id: number, unit: string) => note("kill")(id, ` ${unit}`),
  };
  const edge = [{ address: "198.51.100.201", port: 40001 }];
  const network = {
    cutOff: note("cut off"),
    setBreakages: async (all: readonly Breakage[]) => void (breakages = all),
    edgeConnections: async () => [...edge],
  };
  const server = {
    powerOff: async () => (calls.push("power off database"), 7),
    powerOn: async () => void calls.push("power on database"),
    freeze: async () => (calls.push("freeze database"), 8),
    thaw: async () => void calls.push("thaw database"),
    delayReplay: async (seconds: number) => void calls.push(`delay database ${seconds}`),
    kill: async () => void calls.push("kill database"),
    setReadOnly: async (on: boolean) => void calls.push(`read-only database ${on}`),
    release: async () => void calls.push("release database"),
  };
  const databases = {
    findServer: (node: string) => {
      if (node !== "db1-1") throw new Error(`database node: must be one of db1-1, got ${node}`);
      return server as unknown as PostgresServer;
    },
    occupy: async (node: string, what: string) => void calls.push(`occupy ${what} of ${node}`),
    delaySending: async (node: string, seconds: number) => void calls.push(`delay sending ${node} ${seconds}`),
  };
  const disturbances = new Disturbances({
    databases,
    machines: machines as unknown as NspawnMachines,
    network: network as unknown as CloudNetwork,
    api: { set: (all: readonly Fault[]) => (apiFaults = all) } as unknown as Faults,
    reboot: note("reboot"),
  });
  return { disturbances, calls, edge, breakages: () => breakages, apiFaults: () => apiFaults };
}

const nothing = { cuts: [], apiFaults: [], kills: [] };
const cutOf = (droplet: number) => ({ ...nothing, cuts: [{ kind: "side", droplet, side: "vpc" } as const] });

test("switches of several disturbances add up, and end with the one that they are of", async () => {
  const { disturbances, breakages } = disturbancesUnderTest();
  disturbances.begin({ name: "one", note: { target: 1 } });
  disturbances.begin({ name: "other", note: null });
  await disturbances.switch("one", cutOf(1));
  await disturbances.switch("other", cutOf(2));
  expect(breakages()).toEqual([1, 2].map((id) => ({ kind: "side", node: `d${id}`, side: "vpc" })));
  expect(disturbances.active()).toEqual([
    { name: "one", note: { target: 1 } },
    { name: "other", note: null },
  ]);
  await disturbances.end("one");
  expect(breakages()).toEqual([{ kind: "side", node: "d2", side: "vpc" }]);
  await disturbances.switch("other", nothing);
  expect(breakages()).toEqual([]);
  await disturbances.end("other");
  await disturbances.end("other");
  expect(disturbances.active()).toEqual([]);
});

test("a path of the API is a regular expression, and a service is an address", async () => {
  const { disturbances, breakages, apiFaults } = disturbancesUnderTest();
  disturbances.begin({ name: "api", note: null });
  const behaviour = { kind: "respond", status: 500 } as const;
  await disturbances.switch("api", {
    cuts: [
      { kind: "service", droplet: 1, service: "metadata" },
      { kind: "between", droplets: [1, 2] },
    ],
    apiFaults: [{ from: "203.0.113.10", path: "^/v2/x/[^/]+$", method: "POST", behaviour }],
    kills: [],
  });
  expect(apiFaults()).toEqual([{ from: "203.0.113.10", path: /^\/v2\/x\/[^/]+$/, method: "POST", behaviour }]);
  expect(breakages()).toEqual([
    { kind: "service", node: "d1", address: "169.254.169.254" },
    { kind: "between", nodes: ["d1", "d2"] },
  ]);
});

test("a location of the edge is an address", async () => {
  const { disturbances, breakages } = disturbancesUnderTest();
  disturbances.begin({ name: "edge", note: null });
  await disturbances.switch("edge", { ...nothing, cuts: [{ kind: "edge-location", number: 2 }] });
  expect(breakages()).toEqual([{ kind: "edge-address", address: "198.51.100.202" }]);
  await expect(
    disturbances.switch("edge", { ...nothing, cuts: [{ kind: "edge-location", number: 4 }] }),
  ).rejects.toThrow("edge location: must be 1 to 3, got 4");
});

test("the edge's connections are those of the moment, also when something else is switched later", async () => {
  const { disturbances, edge, breakages } = disturbancesUnderTest();
  disturbances.begin({ name: "edge", note: null });
  await disturbances.switch("edge", { ...nothing, cuts: [{ kind: "edge-connections" }] });
  edge.push({ address: "198.51.100.202", port: 40002 });
  disturbances.begin({ name: "other", note: null });
  await disturbances.switch("other", nothing);
  expect(breakages()).toEqual([{ kind: "edge-connection", address: "198.51.100.201", port: 40001 }]);
});

test("a unit is killed at once and then again and again, until that is switched off", async () => {
  jest.useFakeTimers();
  try {
    const { disturbances, calls } = disturbancesUnderTest();
    disturbances.begin({ name: "kill", note: null });
    await disturbances.switch("kill", {
      ...nothing,
      kills: [{ droplet: 1, unit: "x.service", everyMilliseconds: 200 }],
    });
    expect(calls).toHaveLength(1);
    jest.advanceTimersByTime(600);
    expect(calls).toEqual(Array.from({ length: 4 }, () => "kill 1 x.service"));
    await disturbances.end("kill");
    jest.advanceTimersByTime(600);
    expect(calls).toHaveLength(4);
  } finally {
    jest.useRealTimers();
  }
});

test("a droplet is off the network before it loses power or stands still", async () => {
  const { disturbances, calls } = disturbancesUnderTest();
  await disturbances.operate(1, { kind: "power", to: "cycle" });
  await disturbances.operate(1, { kind: "freeze" });
  await disturbances.operate(1, { kind: "thaw" });
  await disturbances.operate(1, { kind: "power", to: "reboot" });
  expect(calls).toEqual(["cut off d1", "power off 1", "power on 1", "cut off d1", "freeze 1", "thaw 1", "reboot 1"]);
});

test("fails for a name that is taken, and for one that was not begun", async () => {
  const { disturbances } = disturbancesUnderTest();
  disturbances.begin({ name: "one", note: null });
  expect(() => disturbances.begin({ name: "one", note: null })).toThrow(
    "disturbance one: is in effect already; end it first",
  );
  await expect(disturbances.switch("two", nothing)).rejects.toThrow(
    "disturbance two: is not in effect; begin it first",
  );
});

test("a database server's node is switched off and on, frozen, thawed and made slow, and its process killed", async () => {
  const { disturbances, calls } = disturbancesUnderTest();
  expect(await disturbances.operateDatabase("db1-1", { kind: "power", to: "off" })).toBe(7);
  await disturbances.operateDatabase("db1-1", { kind: "power", to: "on" });
  expect(await disturbances.operateDatabase("db1-1", { kind: "freeze" })).toBe(8);
  await disturbances.operateDatabase("db1-1", { kind: "thaw" });
  await disturbances.operateDatabase("db1-1", { kind: "kill" });
  await disturbances.operateDatabase("db1-1", { kind: "delay-sending", seconds: 2 });
  await disturbances.operateDatabase("db1-1", { kind: "read-only", on: true });
  await disturbances.operateDatabase("db1-1", { kind: "occupy", what: "tables" });
  await disturbances.operateDatabase("db1-1", { kind: "release" });
  expect(calls.map((call) => call.replace(" database", ""))).toEqual([
    "power off",
    "power on",
    "freeze",
    "thaw",
    "kill",
    "delay sending db1-1 2",
    "read-only true",
    "occupy tables of db1-1",
    "release",
  ]);
});

test("the VPC between a droplet and a database server is cut by the names of their nodes", async () => {
  const { disturbances, breakages } = disturbancesUnderTest();
  disturbances.begin({ name: "one", note: null });
  await disturbances.switch("one", { ...nothing, cuts: [{ kind: "database", droplet: 7, node: "db1-1" }] });
  expect(breakages()).toEqual([{ kind: "between", nodes: ["d7", "db1-1"] }]);
});

test("fails for a database server that is not there", async () => {
  const { disturbances } = disturbancesUnderTest();
  await expect(disturbances.operateDatabase("db2-1", { kind: "kill" })).rejects.toThrow("must be one of db1-1");
});
