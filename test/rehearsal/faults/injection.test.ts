import type { DatabaseOperation, DropletOperation, Switches } from "../../../local-cloud/client/control-client";
import type { LocalCloud } from "../../../local-cloud/client/local-cloud";
import { findFault } from "../../../rehearsal/faults/catalogue";
import { findDatabaseFault } from "../../../rehearsal/faults/database-catalogue";
import { inflictOnDatabase, undoOnDatabase } from "../../../rehearsal/faults/database-injection";
import type { Fault } from "../../../rehearsal/faults/fault";
import { inflict, isInEffect, prepare, undo } from "../../../rehearsal/faults/injection";

const droplets = [
  { id: 1, name: "lb-1", tags: ["site", "site-load-balancer"], publicAddress: "203.0.113.10" },
  { id: 2, name: "lb-2", tags: ["site", "site-load-balancer"], publicAddress: "203.0.113.11" },
  { id: 3, name: "web-1", tags: ["site", "site-web"], publicAddress: "203.0.113.12" },
  { id: 4, name: "app-1", tags: ["site", "site-app"], publicAddress: "203.0.113.13" },
];
const databases = [
  { node: "db1-2", cluster: "site", role: "primary" },
  { node: "db1-1", cluster: "site", role: "standby" },
  { node: "db2-1", cluster: "site-replica-1", role: "replica" },
  { node: "db3-1", cluster: "site-replica-2", role: "replica" },
  { node: "db4-1", cluster: "restored", role: "primary" },
];

/** A cloud that keeps disturbances as the daemon does, and writes down what is asked of it. */
function cloudUnderTest({ runStatus = 0 } = {}) {
  const calls: unknown[] = [];
  const notes = new Map<string, unknown>();
  const control = {
    status: async () => ({
      droplets,
      databases,
      reservedIps: [{ address: "198.51.100.10", droplet: "lb-2", dropletId: 2 }],
    }),
    disturbances: async () => [...notes].map(([name, note]) => ({ name, note })),
    beginDisturbance: async (name: string, note: unknown) => void notes.set(name, note),
    endDisturbance: async (name: string) => {
      calls.push("end");
      notes.delete(name);
    },
    switchDisturbance: async (_: string, switches: Switches) => void calls.push(switches),
    operate: async (id: number, operation: DropletOperation) => {
      calls.push([id, operation]);
      return 1000 + id;
    },
    operateDatabase: async (node: string, operation: DatabaseOperation) => {
      calls.push([node, operation]);
      return 2000;
    },
    refuseMoves: async (count: number) => void calls.push(`refuse ${count}`),
  };
  const runOnDroplet = async (id: number, argv: readonly string[]) => {
    calls.push([id, ...argv.slice(0, 2)]);
    return { status: runStatus, stdout: "", stderr: "no such thing\n" };
  };
  return { cloud: { control, runOnDroplet } as unknown as LocalCloud, calls };
}

const nothing = { cuts: [], apiFaults: [], kills: [] };
/** Without the pauses, which have no effect of their own. */
const withoutPauses = (fault: Fault): Fault => ({
  ...fault,
  steps: fault.steps.filter((step) => !("pauseSeconds" in step)),
});

test("a power cut is made on the holder of the address, and undone on the same droplet", async () => {
  const { cloud, calls } = cloudUnderTest();
  const fault = findFault("power-off");
  expect(await inflict(cloud, fault)).toEqual({ target: 2, at: 1002 });
  expect(await isInEffect(cloud, fault)).toBe(true);
  await undo(cloud, fault);
  await undo(cloud, fault);
  expect(await isInEffect(cloud, fault)).toBe(false);
  expect(calls).toEqual([[2, { kind: "power", to: "off" }], "end", [2, { kind: "power", to: "on" }]]);
});

test("a fault of the API meets the load balancers only, and what is lifted ends before the fault", async () => {
  const { cloud, calls } = cloudUnderTest();
  await inflict(cloud, withoutPauses(findFault("power-off-api-422")));
  const { apiFaults } = calls[0] as Switches;
  expect(apiFaults.map(({ from, method, path }) => [from, method, path])).toEqual(
    ["203.0.113.10", "203.0.113.11"].map((from) => [from, "POST", "^\\/v2\\/reserved_ips\\/[^/]+\\/actions$"]),
  );
  expect(calls.slice(1)).toEqual([[2, { kind: "power", to: "off" }], nothing]);
});

test("roles are seen from the droplet that is named", async () => {
  const { cloud, calls } = cloudUnderTest();
  await inflict(cloud, findFault("cut-vpc-between"), 1);
  await inflict(cloud, findFault("cut-metadata"), 1);
  await inflict(cloud, findFault("cut-vpc-backup"), 1);
  expect(calls.map((call) => (call as Switches).cuts)).toEqual([
    [{ kind: "between", droplets: [1, 2] }],
    [1, 2].map((droplet) => ({ kind: "service", droplet, service: "metadata" })),
    [{ kind: "side", droplet: 2, side: "vpc" }],
  ]);
});

test("a location of the edge is cut off, or the connections that the edge has", async () => {
  const { cloud, calls } = cloudUnderTest();
  await inflict(cloud, findFault("edge-location-cut"));
  await inflict(cloud, findFault("edge-connections-forgotten"));
  expect(calls.map((call) => (call as Switches).cuts)).toEqual([
    [{ kind: "edge-location", number: 1 }],
    [{ kind: "edge-connections" }],
  ]);
});

test("a fault that ends by itself is not in effect afterwards, and what it needs is done before", async () => {
  const { cloud, calls } = cloudUnderTest();
  await inflict(cloud, findFault("kill-agent"));
  expect(calls).toEqual([[2, { kind: "kill", unit: "hold-reserved-ip.service" }], "end"]);
  calls.length = 0;
  await prepare(cloud, findFault("clock-jump"));
  expect(calls).toEqual([2, 1].map((id) => [id, "sh", "-c"]));
});

test("moves are refused until the fault is undone", async () => {
  const { cloud, calls } = cloudUnderTest();
  const fault = findFault("power-off-action-errored");
  await inflict(cloud, fault);
  await undo(cloud, fault);
  expect(calls.filter((call) => typeof call === "string")).toEqual(["refuse 1", "refuse 0", "end"]);
});

test("a fault of the database is made on nodes by their roles, and undone on the same nodes", async () => {
  const { cloud, calls } = cloudUnderTest();
  const fault = findDatabaseFault("database-primary-and-replica-lost");
  expect(await inflictOnDatabase(cloud, fault)).toBe(2000);
  databases[0]!.role = "standby";
  databases[1]!.role = "primary";
  await undoOnDatabase(cloud, fault);
  const [off, on] = ["off", "on"].map((to) => ({ kind: "power", to }));
  expect(calls).toEqual([["db1-2", off], ["db2-1", off], "end", ["db1-2", on], ["db2-1", on]]);
});

test("app nodes are cut off from the database by name, and the cut ends with the fault", async () => {
  const { cloud, calls } = cloudUnderTest();
  const fault = findDatabaseFault("database-cut-off");
  await inflictOnDatabase(cloud, fault);
  await undoOnDatabase(cloud, fault);
  const cut = { kind: "database", droplet: 4, node: expect.stringMatching(/^db1-/) };
  expect(calls).toEqual([{ ...nothing, cuts: [cut] }, "end"]);
});

test("fails with what a droplet says, and the fault can be undone all the same", async () => {
  const { cloud } = cloudUnderTest({ runStatus: 1 });
  const fault = findFault("disk-full");
  await expect(inflict(cloud, fault)).rejects.toThrow("fault disk-full: droplet 2: no such thing");
  expect(await isInEffect(cloud, fault)).toBe(true);
});
