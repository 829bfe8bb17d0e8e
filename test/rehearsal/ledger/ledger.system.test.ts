import path from "node:path";
import type { DatabaseCluster } from "../../../local-cloud/platform/platform";
import { findDatabaseFault } from "../../../rehearsal/faults/database-catalogue";
import type { DatabaseFault } from "../../../rehearsal/faults/fault";
import { parseHistory } from "../../../rehearsal/ledger/history";
import { type LedgerRun, runLedger } from "../../../rehearsal/ledger/ledger-run";
import type { LedgerTarget } from "../../../rehearsal/ledger/ledger-target";
import { exampleCluster, exampleReplica } from "../../local-cloud/postgres/database-cloud-for-tests";
import { servicesTreeForTests } from "../../local-cloud/services/services-tree-for-tests";
import { LedgerCloudForTests } from "./ledger-cloud-for-tests";

jest.setTimeout(5 * 60_000);

const { tree, describeWithTree } = servicesTreeForTests();
const LAG_SECONDS = 2;

describeWithTree("the ledger under faults of the database", () => {
  const cluster: DatabaseCluster = exampleCluster(1);
  let cloud: LedgerCloudForTests;
  let target: LedgerTarget;

  beforeAll(async () => {
    cloud = new LedgerCloudForTests(tree, "lg");
    cloud.databases.setFailoverTime(1);
    await cloud.databases.createCluster(cluster);
    await cloud.databases.createReplica(exampleReplica(1, cluster));
    target = await cloud.targetOf(cluster);
  });

  afterAll(async () => cloud?.close());

  // Those that end a server; the controls are made with database-power-off. The suite under load makes all faults.
  const ends = ["freeze", "kill", "standby-lost", "replica-lost", "primary-and-replica-lost"];
  const possible = ends.map((name) => findDatabaseFault(`database-${name}`));

  test.each(possible.map((fault) => [fault.name, fault] as const))(
    "%s is written down, and nothing is lost without being found",
    async (name, fault) => {
      const run = await write(name);
      const history = parseHistory(cloud.readHistory(`history-${runs}.jsonl`));
      expect(history.filter(({ kind }) => kind === "write")).toHaveLength(run.writes);
      expect(history.filter(({ kind }) => kind === "failure")).toHaveLength(1);
      expect(run.writes).toBeGreaterThanOrEqual(600);
      expect(run.acknowledged + run.refused + run.unknown.there + run.unknown.absent).toBe(run.writes);
      expect(run.reads).toBeGreaterThan(0);
      // What a primary had not sent yet goes with it: that is all that may happen.
      const mayLose = endsPrimary(fault);
      const others = run.violations.filter(({ kind }) => !mayLose || !["lost", "went back", "not seen"].includes(kind));
      expect(others).toEqual([]);
    },
  );

  test("what was acknowledged before a primary with 2 s of lag lost its power is lost, and found", async () => {
    const run = await write("database-power-off", { sendingLagSeconds: LAG_SECONDS });
    const lost = run.violations.filter(({ kind }) => kind === "lost");
    expect(lost.length).toBeGreaterThan(10);
    for (const { secondsBeforeFailure } of lost) expect(secondsBeforeFailure).toBeLessThan(2 * LAG_SECONDS);
    // The reader had seen some of them.
    expect(run.violations.map(({ kind }) => kind)).toContain("went back");
  });

  test("with quorum nothing that was acknowledged is lost under the same lag", async () => {
    await cloud.databases.setAvailability(cluster.id, { ...cluster, synchronousReplication: "quorum" });
    const run = await write("database-power-off", { sendingLagSeconds: LAG_SECONDS, clients: 30 });
    expect(run.acknowledged).toBeGreaterThan(100);
    expect(run.violations).toEqual([]);
  });

  let runs = 0;

  function write(fault: string, more: object = {}): Promise<LedgerRun> {
    const historyFile = path.join(cloud.directory, `history-${++runs}.jsonl`);
    const options = { writes: 600, writesPerSecond: 200, clients: 4, sendingLagSeconds: 0, historyFile, ...more };
    return runLedger(cloud, target, findDatabaseFault(fault), options);
  }
});

function endsPrimary({ steps }: DatabaseFault): boolean {
  const ends = ["power", "freeze", "kill"];
  return steps.some((step) => "database" in step && step.of === "primary" && ends.includes(step.database.kind));
}
