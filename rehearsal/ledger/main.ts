/**
 * Writes a ledger into a database, makes faults of its servers meanwhile, and says what became of each entry:
 * `npm run ledger`.
 *
 * usage: main.ts [--fault NAME]... [--runs N] [--direct] [--writes N] [--rate N] [--clients N]
 *                [--failover-seconds N] [--quorum] [--sending-lag SECONDS] [--histories DIRECTORY] [--running] [--port N] [--json] [--write-docs]
 *        main.ts --results FILE... [--json] [--write-docs]
 *        --fault             of the database: ./run local fault --list; all that are possible, if none is named
 *        --direct            to a cluster without droplets, by libpq; otherwise over the edge, to the demo's guest book
 *        --writes, --rate    entries of a run, default 10000, and how many a second, default 400
 *        --clients           how many write at a time, 1 to 40, default 8
 *        --failover-seconds  how long a primary is gone until it is replaced; default 60, as at DigitalOcean
 *        --quorum            synchronous_replication of the cluster is `quorum` in the place of `off`
 *        --sending-lag       what the primary commits reaches its standbys so much later, 0 to 5 s; with --quorum an entry
 *                            takes as long, and 1000 of 40 clients take a minute
 *        --histories         keeps the history files of the runs in this directory
 *        --running           on the cloud that runs already, instead of one of its own
 *        --port              loopback port of the cloud of its own, default 18446
 *        --json              a line for each run as it ends
 *        --results           writes nothing, and reports what runs with --json have printed into these files
 *        --write-docs        puts the table into docs/data.md
 *
 * Exit status: 0 no violation, 3 some, 1 something went wrong.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { parseCount } from "../../programs/parse-count";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runMain, UserError } from "../../programs/user-error";
import { onCloudOfItsOwn } from "../bench/cloud-of-its-own";
import { databaseFaults, findDatabaseFault } from "../faults/database-catalogue";
import type { DatabaseFault } from "../faults/fault";
import { describeRun, FIGURES, renderMarkdown, renderText, type ReportedRun } from "./ledger-report";
import { runLedger } from "./ledger-run";
import { clusterTarget, setReplication, siteTarget } from "./ledger-target";

const DOCUMENT = path.join(PROJECT_DIRECTORY, "docs/data.md");
const DATABASE_ALONE = `${process.execPath} --import tsx examples/end-to-end/database.ts`;
const VIOLATIONS = 3;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fault: { type: "string", multiple: true },
      runs: { type: "string", default: "1" },
      direct: { type: "boolean", default: false },
      writes: { type: "string", default: "10000" },
      rate: { type: "string", default: "400" },
      clients: { type: "string", default: "8" },
      "failover-seconds": { type: "string", default: "60" },
      quorum: { type: "boolean", default: false },
      "sending-lag": { type: "string", default: "0" },
      histories: { type: "string" },
      running: { type: "boolean", default: false },
      port: { type: "string", default: "18446" },
      json: { type: "boolean", default: false },
      results: { type: "string", multiple: true },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const plan: Plan = {
    faults: chooseFaults(values.fault, values.direct),
    runs: parseCount("--runs", values.runs, 1, 1000),
    path: values.direct ? "direct" : "edge",
    writes: parseCount("--writes", values.writes, 100, 1_000_000),
    rate: parseCount("--rate", values.rate, 10, 5000),
    clients: parseCount("--clients", values.clients, 1, 40),
    failoverSeconds: parseCount("--failover-seconds", values["failover-seconds"], 1, 200),
    replication: values.quorum ? "quorum" : "off",
    sendingLagSeconds: parseCount("--sending-lag", values["sending-lag"], 0, 5),
    histories: values.histories,
    ended: (run) => {
      process.stderr.write(`${describeRun(run)}\n`);
      if (values.json) process.stdout.write(`${JSON.stringify(run)}\n`);
    },
  };
  const app = values.direct ? DATABASE_ALONE : undefined;
  const onACloud = async () =>
    values.running
      ? runAll(await LocalCloud.find(), plan)
      : onCloudOfItsOwn(Number(values.port), (cloud) => runAll(cloud, plan), app);
  const runs = values.results?.flatMap(readRuns) ?? (await onACloud());
  if (!values.json) process.stdout.write(`${renderText(runs)}\n`);
  if (values["write-docs"])
    writeFileSync(DOCUMENT, FIGURES.replaceIn(readFileSync(DOCUMENT, "utf8"), renderMarkdown(runs)));
  return runs.some(({ violations }) => violations.length > 0) ? VIOLATIONS : 0;
}

/** With `--direct` there are no app nodes. */
function chooseFaults(names: readonly string[] | undefined, direct: boolean): readonly DatabaseFault[] {
  if (names === undefined) return databaseFaults.filter((fault) => !direct || !needsAppNodes(fault));
  const chosen = names.map(findDatabaseFault);
  const impossible = chosen.find((fault) => direct && needsAppNodes(fault));
  if (impossible === undefined) return chosen;
  throw new UserError(`--fault: must not need app nodes with --direct, got "${impossible.name}"; leave --direct out`);
}

function needsAppNodes({ steps }: DatabaseFault): boolean {
  return steps.some((step) => "cutDatabase" in step);
}

interface Plan extends Pick<ReportedRun, "path" | "replication" | "sendingLagSeconds" | "failoverSeconds"> {
  readonly faults: readonly DatabaseFault[];
  readonly runs: number;
  readonly writes: number;
  readonly rate: number;
  readonly clients: number;
  readonly histories: string | undefined;
  readonly ended: (run: ReportedRun) => void;
}

async function runAll(cloud: LocalCloud, plan: Plan): Promise<ReportedRun[]> {
  const { path: way, replication, sendingLagSeconds, failoverSeconds, writes, rate, clients } = plan;
  const target = await (way === "direct" ? clusterTarget(cloud) : siteTarget(cloud));
  await cloud.control.setDatabaseFailoverTime(failoverSeconds);
  await setReplication(cloud, replication);
  const directory = plan.histories ?? mkdtempSync(path.join(tmpdir(), "ledger-"));
  mkdirSync(directory, { recursive: true });
  const runs: ReportedRun[] = [];
  try {
    for (const fault of Array.from({ length: plan.runs }, () => plan.faults).flat()) {
      const load = loadavg()[0]!;
      const historyFile = path.join(directory, `${fault.name}-${Date.now()}.jsonl`);
      const options = { writes, writesPerSecond: rate, clients, historyFile, sendingLagSeconds };
      const outcome = await runLedger(cloud, target, fault, options);
      runs.push({ ...outcome, path: way, replication, sendingLagSeconds, failoverSeconds, load });
      plan.ended(runs.at(-1)!);
    }
    return runs;
  } finally {
    if (plan.histories === undefined) rmSync(directory, { recursive: true });
  }
}

function readRuns(file: string): ReportedRun[] {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as ReportedRun);
}

runMain(main);
