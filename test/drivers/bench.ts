/**
 * Measures the database endpoints of a node with pgbench: `npm run bench:database`, as root; takes about five minutes.
 *
 * All servers share the cores of this machine: a second replica would add nothing. So each PostgreSQL server gets the same
 * part of one core, and what is compared is servers of the same size.
 *
 * usage: bench.ts [--rounds N] [--seconds N] [--share PERCENT] [--write-docs]
 *        --rounds      how often each kind is measured, in turn, default 5
 *        --seconds     how long each time, default 5
 *        --share       percent of a core for each PostgreSQL server, default 20
 *        --write-docs  puts the figures into docs/data.md
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { databaseAuthorityPath } from "../../cloud-init/app/database-authority";
import { cacheDirectory } from "../../local-cloud/control/directories";
import { provideImages } from "../../local-cloud/images/images";
import { ServicesTree } from "../../local-cloud/services/services-tree";
import { parseCount } from "../../programs/parse-count";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runProgram } from "../../programs/run-program";
import { runMain } from "../../programs/user-error";
import { waitUntil } from "../../programs/wait-until";
import { CpuGroup } from "./cpu-group";
import { DatabaseSite } from "./database-site";
import { FIGURES, renderMarkdown, renderText, type Measurement } from "./bench-report";

const DOCUMENT = path.join(PROJECT_DIRECTORY, "docs/data.md");
const PGBENCH = "/usr/lib/postgresql/17/bin/pgbench";
const CLIENTS = 8;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "5" },
      share: { type: "string", default: "20" },
      "write-docs": { type: "boolean", default: false },
    },
  });
  const [rounds, seconds, share] = [
    parseCount("--rounds", values.rounds, 1, 100),
    parseCount("--seconds", values.seconds, 1, 50),
    parseCount("--share", values.share, 1, 100),
  ];
  const { services } = await provideImages({ cacheDirectory: cacheDirectory() });
  const measurement = await measure(new ServicesTree(services), { rounds, seconds, share });
  process.stdout.write(`${renderText(measurement)}\n`);
  if (values["write-docs"])
    writeFileSync(DOCUMENT, FIGURES.replaceIn(readFileSync(DOCUMENT, "utf8"), renderMarkdown(measurement)));
  return 0;
}

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly share: number;
}

async function measure(tree: ServicesTree, plan: Plan): Promise<Measurement> {
  const groups: CpuGroup[] = [];
  const group = (name: string, share?: number) => groups[groups.push(new CpuGroup(name, share)) - 1]!;
  try {
    await using site = await DatabaseSite.start(tree);
    await site.endpoints.node.run([PGBENCH, "--initialize", "--quiet", "--scale=5", site.environment().DATABASE_URL!]);
    await site.endpoints.everyStandbyStreams();
    for (const { node } of await site.endpoints.databases.status()) {
      const { networkNamespace } = site.endpoints.databases.findServer(node).node;
      group(node, plan.share / 100).add(await processesIn(networkNamespace));
    }
    const clients = group("clients");
    clients.add(await processesIn(site.endpoints.node.networkNamespace));
    return await measureOn(site, clients, plan);
  } finally {
    for (const made of groups) await made.remove();
  }
}

async function measureOn(site: DatabaseSite, clients: CpuGroup, plan: Plan): Promise<Measurement> {
  const { rounds, seconds, share } = plan;
  const { DATABASE_URL, DATABASE_READ_URL, DATABASE_DIRECT_URL } = site.environment();
  const direct = `${DATABASE_DIRECT_URL}&sslrootcert=${databaseAuthorityPath}`;
  const loads: number[] = [];
  const transactionsPerSecond = async (...args: string[]) => {
    loads.push(loadavg()[0]!);
    const load = ["--no-vacuum", "--select-only", `--client=${CLIENTS}`, `--time=${seconds}`];
    const { argv, environment } = site.onNode([PGBENCH, ...load, ...args], "bench");
    const joined = ["sh", "-c", 'echo $$ >"$0" && exec "$@"', clients.processes, ...argv];
    const printed = await runProgram(joined, { environment, timeoutSeconds: seconds + 30 });
    const figure = /^tps = ([\d.]+)/m.exec(printed)?.[1];
    if (figure === undefined) throw new Error(`pgbench: no tps in what it printed: ${printed}`);
    return Number(figure);
  };
  const replicas: Measurement["replicas"] = { one: [], two: [] };
  const connections: Measurement["connections"] = { endpointKept: [], directKept: [], endpointNew: [], directNew: [] };
  for (let round = 0; round < rounds; round++) {
    await readFrom(site, [1, 2]);
    replicas.two.push(await transactionsPerSecond(DATABASE_READ_URL!));
    await readFrom(site, [1]);
    replicas.one.push(await transactionsPerSecond(DATABASE_READ_URL!));
  }
  for (let round = 0; round < rounds; round++) {
    connections.endpointKept.push(await transactionsPerSecond(DATABASE_URL!));
    connections.directKept.push(await transactionsPerSecond(direct));
    connections.endpointNew.push(await transactionsPerSecond("--connect", DATABASE_URL!));
    connections.directNew.push(await transactionsPerSecond("--connect", direct));
  }
  return { share, seconds, clients: CLIENTS, replicas, connections, loads };
}

/** Lets the cluster have these replicas, and waits until all of them are read from and no other server is. */
async function readFrom({ endpoints }: DatabaseSite, replicas: readonly number[]): Promise<void> {
  await endpoints.list(replicas);
  const read = async () => (await endpoints.readers().catch(() => new Set())).size === replicas.length;
  await waitUntil(`${replicas.length} replicas are read from`, 30, read, 100);
}

/** Those whose network it is. */
async function processesIn(networkNamespace: string): Promise<number[]> {
  const compare = 'for process in /proc/[0-9]*; do [ "$process/ns/net" -ef "$1" ] && echo "${process#/proc/}"; done; :';
  const found = await runProgram(["sh", "-c", compare, "sh", networkNamespace]);
  return found.trim().split("\n").map(Number);
}

runMain(main);
