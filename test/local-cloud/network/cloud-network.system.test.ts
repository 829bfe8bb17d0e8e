import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { EVERYTHING } from "../../../local-cloud/network/firewall-chain";
import type { CloudNetwork as Where } from "../../../local-cloud/outer-cloud/outer-cloud";
import type { FirewallRules, Vpc } from "../../../local-cloud/platform/platform";
import { CloudUnderTest, whatIsMissing } from "../machines/cloud-under-test";

const RESERVED = "198.51.100.10";
const VISITOR = "192.0.2.2";
const PROBE = join(__dirname, "probe.py");
const vpc: Vpc = { uuid: "one", ipRange: "10.20.0.0/20" };
const otherVpc: Vpc = { uuid: "two", ipRange: "10.21.0.0/20" };

const missing = whatIsMissing();
const describeOrSkip = missing ? describe.skip : describe;

// Nodes without a guest: a namespace each, with a program that answers. d1 and d2 in one VPC, d3 in another.
describeOrSkip(`the network of the local cloud${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let cloud: CloudUnderTest;
  const background: ChildProcess[] = [];

  async function start(where: Where, ...args: string[]): Promise<{ child: ChildProcess; lines: Interface }> {
    const [program, ...rest] = await cloud.outer.enter(["python3", PROBE, ...args], where);
    const child = spawn(program!, rest, { stdio: ["pipe", "pipe", "inherit"] });
    background.push(child);
    const lines = createInterface({ input: child.stdout });
    await once(lines, "line");
    return { child, lines };
  }

  /** `"<address that was reached> <address that was seen>"`, or `"refused"`, or `"silence"`. */
  async function probe(where: Where, ...args: string[]): Promise<string> {
    return probeFor(30, where, ...args);
  }

  /** The same, where silence is what is expected. */
  async function probeSilence(where: Where, ...args: string[]): Promise<string> {
    return probeFor(1.5, where, ...args);
  }

  async function probeFor(seconds: number, where: Where, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await cloud.runIn(where, ["env", `LIMIT=${seconds}`, "python3", PROBE, ...args]);
    if (status === 0) return stdout.trim();
    if (status === 2) return "refused";
    if (status === 3) return "silence";
    throw new Error(stderr);
  }

  /** The source of a packet of the protocol sent from one node to an address of another one, or `"silence"`. */
  async function probeProtocol(protocol: string, from: Where, to: Where, address: string): Promise<string> {
    const { child, lines } = await start(to, "receive", protocol);
    const received = once(lines, "line").then(([line]) => line as string);
    const ended = once(child, "close").then(() => "silence");
    await probe(from, "send", protocol, address);
    child.stdin!.end();
    return Promise.race([received, ended]);
  }

  function allow(...inbound: FirewallRules["inbound"]): FirewallRules {
    return { inbound, outbound: EVERYTHING };
  }

  beforeAll(async () => {
    cloud = await CloudUnderTest.start();
    for (const n of [1, 2, 3]) {
      await cloud.call("attach", `d${n}`, {
        publicAddress: `203.0.113.${9 + n}`,
        anchorAddress: `10.17.0.${9 + n}`,
        privateAddress: n === 3 ? "10.21.0.5" : `10.20.0.${4 + n}`,
        vpc: n === 3 ? otherVpc : vpc,
      });
      await cloud.call("configureInterfaces", `d${n}`);
      await cloud.runIn(`n-d${n}`, ["ip", "address", "add", `10.17.0.${9 + n}/16`, "dev", "eth0"]);
      await cloud.call("connect", `d${n}`);
      await start(`n-d${n}`, "serve");
    }
  });
  afterAll(async () => {
    await cloud?.[Symbol.asyncDispose]();
    await Promise.all(background.map(async (child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
  });
  afterEach(async () => {
    for (const n of [1, 2, 3]) await cloud.call("setFirewall", n, undefined);
    await cloud.call("routeReservedIp", RESERVED, undefined);
  });

  describe("without a cloud firewall", () => {
    test("everyone reaches a droplet's public address, and is seen with the own one", async () => {
      expect(await probe("internet", "tcp", "203.0.113.10", "80")).toBe(`203.0.113.10 ${VISITOR}`);
      expect(await probe("edge", "tcp", "203.0.113.10", "443")).toBe("203.0.113.10 198.51.100.193");
      expect(await probe("n-d2", "udp", "203.0.113.10", "4790")).toBe("203.0.113.10 203.0.113.11");
    });

    test("droplets of a VPC reach each other there, with any protocol", async () => {
      expect(await probe("n-d1", "tcp", "10.20.0.6", "80")).toBe("10.20.0.6 10.20.0.5");
      expect(await probeProtocol("112", "n-d1", "n-d2", "10.20.0.6")).toBe("10.20.0.5");
    });

    test("a VPC is closed to other VPCs and to the internet", async () => {
      expect(await probeSilence("n-d3", "tcp", "10.20.0.5", "80")).toBe("silence");
      expect(await probeSilence("n-d1", "tcp", "10.21.0.5", "80")).toBe("silence");
      expect(await probeSilence("internet", "tcp", "10.20.0.5", "80")).toBe("silence");
    });

    test("a packet with a source that is not the droplet's own is dropped", async () => {
      await cloud.runIn("n-d2", ["ip", "address", "add", "203.0.113.77/32", "dev", "lo"]);
      expect(await probeSilence("n-d2", "tcp", "203.0.113.10", "80", "203.0.113.77")).toBe("silence");
    });

    test("nobody reaches an anchor address directly", async () => {
      expect(await probeSilence("internet", "tcp", "10.17.0.10", "80")).toBe("silence");
      expect(await probeSilence("n-d2", "tcp", "10.17.0.10", "80", "10.17.0.11")).toBe("silence");
    });
  });

  describe("with a cloud firewall", () => {
    test("only the ports and sources of a rule pass; the rest meets silence, not a refusal", async () => {
      await cloud.call("setFirewall", 1, allow({ protocol: "tcp", ports: "80", addresses: ["203.0.113.11"] }));
      expect(await probe("n-d2", "tcp", "203.0.113.10", "80")).toBe("203.0.113.10 203.0.113.11");
      expect(await probeSilence("n-d2", "tcp", "203.0.113.10", "443")).toBe("silence");
      expect(await probeSilence("n-d2", "udp", "203.0.113.10", "4789")).toBe("silence");
      expect(await probeSilence("internet", "tcp", "203.0.113.10", "80")).toBe("silence");
      expect(await probeSilence("n-d2", "tcp", "10.20.0.5", "80")).toBe("silence");
    });

    test("VXLAN passes where a rule names it, the next port does not", async () => {
      await cloud.call("setFirewall", 1, allow({ protocol: "udp", ports: "4789", addresses: ["10.20.0.6"] }));
      expect(await probe("n-d2", "udp", "10.20.0.5", "4789")).toBe("10.20.0.5 10.20.0.6");
      expect(await probeSilence("n-d2", "udp", "10.20.0.5", "4790")).toBe("silence");
    });

    test("bare VRRP, IP protocol 112, is dropped whatever the rules say, at either end, and once it has run before", async () => {
      const everything: FirewallRules = { inbound: EVERYTHING, outbound: EVERYTHING };
      expect(await probeProtocol("112", "n-d1", "n-d2", "10.20.0.6")).toBe("10.20.0.5");
      expect(await probeProtocol("112", "n-d2", "n-d1", "10.20.0.5")).toBe("10.20.0.6");
      await cloud.call("setFirewall", 2, everything);
      expect(await probeProtocol("112", "n-d1", "n-d2", "10.20.0.6")).toBe("silence");
      await cloud.call("setFirewall", 2, undefined);
      await cloud.call("setFirewall", 1, everything);
      expect(await probeProtocol("112", "n-d1", "n-d2", "10.20.0.6")).toBe("silence");
    });

    test("what a droplet may send is limited by its outbound rules, but not its answers, names and metadata", async () => {
      await cloud.call("setFirewall", 1, { inbound: EVERYTHING, outbound: [] });
      expect(await probeSilence("n-d1", "tcp", "203.0.113.11", "80")).toBe("silence");
      expect(await probeSilence("n-d1", "tcp", "192.0.2.12", "80")).toBe("silence");
      expect(await probe("internet", "tcp", "203.0.113.10", "80")).toBe(`203.0.113.10 ${VISITOR}`);
      expect(await probe("n-d1", "tcp", "169.254.169.254", "80")).toContain("HTTP/1.1 400");
      const lookup = await cloud.runIn("n-d1", ["getent", "hosts", "api.digitalocean.com"]);
      expect(lookup.stdout).toContain("192.0.2.10");
    });

    test("rules that are set before the node exists hold from its first packet", async () => {
      await cloud.call("setRules", "db1", allow({ protocol: "tcp", ports: "80", addresses: ["10.20.0.5"] }));
      await cloud.call("attach", "db1", { publicAddress: "203.0.113.200", privateAddress: "10.20.0.20", vpc });
      await cloud.call("configureInterfaces", "db1");
      await cloud.call("connect", "db1");
      await start("n-db1", "serve");
      expect(await probe("n-d1", "tcp", "10.20.0.20", "80")).toBe("10.20.0.20 10.20.0.5");
      expect(await probeSilence("n-d2", "tcp", "10.20.0.20", "80")).toBe("silence");
      await cloud.call("detach", "db1");
    });
  });

  describe("a reserved IP", () => {
    test("leads to the anchor address of its droplet, with the visitor's own address, through the firewall", async () => {
      await cloud.call("setFirewall", 1, allow({ protocol: "tcp", ports: "443", addresses: [VISITOR] }));
      await cloud.call("routeReservedIp", RESERVED, 1);
      expect(await probe("internet", "tcp", RESERVED, "443")).toBe(`10.17.0.10 ${VISITOR}`);
      expect(await probeSilence("internet", "tcp", RESERVED, "80")).toBe("silence");
      expect(await probeSilence("edge", "tcp", RESERVED, "443")).toBe("silence");
    });

    test("moves: new connections reach the new droplet, an open one is reset", async () => {
      const rules = allow({ protocol: "tcp", ports: "443", addresses: ["0.0.0.0/0", "::/0"] });
      for (const n of [1, 2]) await cloud.call("setFirewall", n, rules);
      await cloud.call("routeReservedIp", RESERVED, 1);
      const { child, lines } = await start("internet", "hold", RESERVED, "443");
      const answer = once(lines, "line");
      child.stdin!.write("?\n");
      expect((await answer)[0]).toBe(`10.17.0.10 ${VISITOR}`);

      await cloud.call("routeReservedIp", RESERVED, 2);
      expect(await probe("internet", "tcp", RESERVED, "443")).toBe(`10.17.0.11 ${VISITOR}`);
      const ended = once(child, "exit");
      child.stdin!.write("?\n");
      expect((await ended)[0]).toBe(2);
    });

    test("is probed by another droplet from its own public address, and answers there", async () => {
      await cloud.call("setFirewall", 1, allow({ protocol: "tcp", ports: "80", addresses: ["203.0.113.11"] }));
      await cloud.call("setFirewall", 2, allow());
      await cloud.call("routeReservedIp", RESERVED, 1);
      expect(await probe("n-d2", "tcp", RESERVED, "80")).toBe("10.17.0.10 203.0.113.11");
    });

    test("is what a sender's outbound rules must name, and not the address that it leads to", async () => {
      const sends = (address: string): FirewallRules => ({
        inbound: EVERYTHING,
        outbound: [{ protocol: "tcp", ports: "80", addresses: [address] }],
      });
      await cloud.call("routeReservedIp", RESERVED, 1);
      await cloud.call("setFirewall", 2, sends(RESERVED));
      expect(await probe("n-d2", "tcp", RESERVED, "80")).toBe("10.17.0.10 203.0.113.11");
      await cloud.call("setFirewall", 2, sends("10.17.0.10"));
      expect(await probeSilence("n-d2", "tcp", RESERVED, "80")).toBe("silence");
    });

    test("is the source of what its droplet sends from the anchor address, also for firewalls", async () => {
      await cloud.call("routeReservedIp", RESERVED, 1);
      await cloud.call("setFirewall", 2, allow({ protocol: "tcp", ports: "80", addresses: [RESERVED] }));
      expect(await probe("n-d1", "tcp", "203.0.113.11", "80", "10.17.0.10")).toBe(`203.0.113.11 ${RESERVED}`);
    });

    test("leads nowhere when it is not assigned, or its droplet is gone", async () => {
      expect(await probeSilence("internet", "tcp", RESERVED, "80")).toBe("silence");
      await cloud.call("routeReservedIp", RESERVED, 99);
      expect(await probeSilence("internet", "tcp", RESERVED, "80")).toBe("silence");
    });
  });

  describe("a machine that is cut off", () => {
    test("answers nothing, not even for connections that were open, and is back when it is connected again", async () => {
      const { child, lines } = await start("internet", "hold", "203.0.113.11", "80");
      await cloud.call("cutOff", "d2");
      expect(await probeSilence("internet", "tcp", "203.0.113.11", "80")).toBe("silence");
      expect(await probeSilence("n-d1", "tcp", "10.20.0.6", "80")).toBe("silence");
      await cloud.call("connect", "d2");
      expect(await probe("internet", "tcp", "203.0.113.11", "80")).toBe(`203.0.113.11 ${VISITOR}`);
      const answer = once(lines, "line");
      child.stdin!.write("?\n");
      expect((await answer)[0]).toBe(`203.0.113.11 ${VISITOR}`);
    });

    test("leaves no trace when it is removed", async () => {
      await cloud.call("setFirewall", 4, allow());
      const place = { publicAddress: "203.0.113.13", anchorAddress: "10.17.0.13", privateAddress: "10.20.0.8", vpc };
      await cloud.call("attach", "d4", place);
      await cloud.call("routeReservedIp", RESERVED, 4);
      await cloud.call("detach", "d4");
      await cloud.call("detach", "d4");
      const left = await cloud.runIn("cloud", ["sh", "-c", "nft list ruleset; ip netns; ip link; ip route"]);
      expect(left.stdout).toContain("n-d3");
      expect(left.stdout).not.toMatch(/[-_]d4\b|203\.0\.113\.13|10\.17\.0\.13|10\.20\.0\.8/);
    });
  });

  describe("Cloudflare's edge", () => {
    const location = "198.51.100.202";
    afterEach(() => cloud.call("setBreakages", []));

    test("loses its connections without a word, and new ones pass", async () => {
      const { child, lines } = await start("edge", "hold", "203.0.113.11", "443");
      const connections = await cloud.call<Array<{ address: string; port: number }>>("edgeConnections");
      expect(connections).toMatchObject([{ address: "198.51.100.193" }]);
      const broken = connections.map((connection) => ({ kind: "edge-connection" as const, ...connection }));
      await cloud.call("setBreakages", broken);
      const answer = once(lines, "line").then(([line]) => line as string);
      child.stdin!.write("?\n");
      expect(await probe("edge", "tcp", "203.0.113.11", "443")).toBe("203.0.113.11 198.51.100.193");
      expect(await Promise.race([answer, sleep(1500, "silence")])).toBe("silence");
      await cloud.call("setBreakages", []);
      expect(await answer).toBe("203.0.113.11 198.51.100.193");
      child.stdin!.end();
    });

    test("loses one of its locations, and the others reach the origin", async () => {
      await cloud.call("setBreakages", [{ kind: "edge-address", address: location }]);
      expect(await probeSilence("edge", "tcp", "203.0.113.11", "443", location)).toBe("silence");
      expect(await probe("edge", "tcp", "203.0.113.11", "443", "198.51.100.201")).toBe("203.0.113.11 198.51.100.201");
      await cloud.call("setBreakages", []);
      expect(await probe("edge", "tcp", "203.0.113.11", "443", location)).toBe(`203.0.113.11 ${location}`);
    });
  });

  describe("names", () => {
    async function lookUp(name: string, where: Where): Promise<string[]> {
      const { stdout } = await cloud.runIn(where, ["getent", "ahostsv4", name]);
      return [
        ...new Set(
          stdout
            .split("\n")
            .filter(Boolean)
            .map((line) => line.split(" ")[0]!),
        ),
      ].sort();
    }

    test.each(["internet", "edge", "cloud", "n-d1"] as const)("are answered the same in %s", async (where) => {
      await cloud.call("setName", "www.example.com", ["198.51.100.193"]);
      expect(await lookUp("www.example.com", where)).toEqual(["198.51.100.193"]);
      expect(await lookUp("api.cloudflare.com", where)).toEqual(["192.0.2.11"]);
      expect(await lookUp("www.example.org", where)).toEqual([]);
    });

    test("change and go with the next question", async () => {
      await cloud.call("setName", "db.example.com", ["203.0.113.200", "203.0.113.201"]);
      expect(await lookUp("db.example.com", "internet")).toEqual(["203.0.113.200", "203.0.113.201"]);
      await cloud.call("setName", "db.example.com", ["203.0.113.201"]);
      expect(await lookUp("db.example.com", "internet")).toEqual(["203.0.113.201"]);
      await cloud.call("removeName", "db.example.com");
      expect(await lookUp("db.example.com", "internet")).toEqual([]);
    });

    test("fails for what is not a name", async () => {
      await expect(cloud.call("setName", "a b\n1.2.3.4 c", [])).rejects.toThrow("name: must be a host name");
    });
  });
});
