/**
 * Measures who reaches whom on the running local cloud, and puts it beside what is proved of the deployed stack:
 *
 *     npm run reach [-- --json]
 *
 * Every droplet, the internet and the edge try ports of everybody else. Exit status: 0 both say the same, 1 they do not.
 */
import { parseArgs } from "node:util";
import { readdirSync } from "node:fs";
import path from "node:path";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { tryRunProgram } from "../../programs/run-program";
import { renderTable } from "../../programs/table";
import { UserError, runMain } from "../../programs/user-error";
import { type Reach, type Reached, type Row, agrees, compare, portsToTry } from "./compare";
import { measureReach } from "./measure";

const ROUNDS = 3;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: "boolean", default: false } } });
  const cloud = await LocalCloud.find();
  const proved = await prove(cloud);
  const tried = { tcp: portsToTry(proved, "tcp"), udp: portsToTry(proved, "udp") };
  // A machine that is busy may leave a probe without its answer; what got through once gets through.
  const measured: Reached[] = [];
  let rows: Row[] = [];
  for (let round = 0; round < ROUNDS && (round === 0 || !rows.every(agrees)); round++) {
    measured.push(...(await measureReach(cloud, tried)));
    rows = compare(proved, measured, tried);
  }
  process.stdout.write(`${values.json ? JSON.stringify({ tried, rows }) : render(rows)}\n`);
  return rows.every(agrees) ? 0 : 1;
}

function render(rows: readonly Row[]): string {
  const cells = (row: Row) => [
    ...[row.from, row.to, row.protocol, describe(row, row.proved), describe(row, row.measured)],
    agrees(row) ? "" : "DIFFERS",
  ];
  return renderTable(["FROM", "TO", "PROTOCOL", "PROVED", "MEASURED", ""], rows.map(cells));
}

function describe({ protocol }: Row, ports: readonly number[]): string {
  if (protocol === "icmp") return ports.length > 0 ? "yes" : "no";
  return ports.length > 6 ? `${ports.length} ports, ${ports[0]} to ${ports.at(-1)}` : ports.join(", ");
}

/** What `npm run prove` says of the stack that is deployed. */
async function prove(cloud: LocalCloud): Promise<Reach[]> {
  const stacks = path.join(cloud.directory.synthesized, "stacks");
  const [stack, ...more] = readdirSync(stacks);
  if (stack === undefined || more.length > 0) throw new UserError(`${stacks}: must have one stack`);
  const configuration = path.join(stacks, stack, "cdk.tf.json");
  const { stdout, stderr } = await tryRunProgram([
    ...[path.join(PROJECT_DIRECTORY, "node_modules/.bin/tsx"), path.join(PROJECT_DIRECTORY, "tools/proof/main.ts")],
    ...["--configuration", configuration, "--json"],
  ]);
  if (stdout === "") throw new UserError(`npm run prove: ${stderr}`);
  return (JSON.parse(stdout) as { readonly reachability: Reach[] }).reachability;
}

runMain(main);
