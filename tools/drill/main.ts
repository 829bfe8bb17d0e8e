/**
 * Restores a managed PostgreSQL cluster beside the first, compares every table, says how long it took, and takes the second
 * cluster away: `npm run drill -- --account`. For the local cloud, `npm run drill` runs it there.
 *
 * usage: main.ts [CLUSTER] [--at TIME] [--address ADDRESS] [--keep] [--yes] [--json]
 *        CLUSTER    its name; may be left out where there is only one
 *        --at       state of this moment, "2026-01-31T19:25:22Z"; default: now. An older one is compared, and not judged
 *        --address  public address of this machine, which is let in to both clusters meanwhile; default: who may connect
 *                   is left as it is
 *        --keep     the second cluster stays
 *        --yes      does not ask before it makes something that costs money
 *
 * DIGITALOCEAN_TOKEN (database:create, read, update, delete and view_credentials) and DIGITALOCEAN_API_URL are those of the
 * Terraform provider. Exit status: 0 all tables are the same, 3 some are not, 1 something went wrong.
 */
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { monthlyPriceUsd } from "../../modules/sizes-and-prices";
import { renderTable } from "../../programs/table";
import { UserError, runMain } from "../../programs/user-error";
import { accessFrom } from "../accounts/digitalocean-account";
import { type Cluster, DatabaseService } from "./database-service";
import { chooseCluster, drill, type DrillReport } from "./drill";

const DIFFERENT = 3;
/** DigitalOcean bills by the hour, and no more than this many of them a month. */
const BILLED_HOURS = 672;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      at: { type: "string" },
      address: { type: "string" },
      keep: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const service = new DatabaseService(accessFrom(process.env));
  const clusters = await service.list();
  const source = chooseCluster(clusters, positionals[0]);
  const name = `${source.name}-drill`;
  if (clusters.some((cluster) => cluster.name === name))
    throw new UserError(`${name}: is there already, from a drill that was interrupted or kept; delete it first`);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  say(describeCost(source, name));
  if (!values.yes && !(await agreed())) throw new UserError("nothing was made");
  const report = await drill(service, { source, name, at: values.at, address: values.address, keep: values.keep, say });
  process.stdout.write(`${values.json ? JSON.stringify(report) : render(report)}\n`);
  return report.judged && report.tables.some(({ verdict }) => verdict === "different") ? DIFFERENT : 0;
}

function describeCost({ size, region, storage_size_mib }: Cluster, name: string): string {
  const monthly = monthlyPriceUsd([{ count: 1, size }]);
  const price =
    monthly === undefined
      ? "its price is not known here, see https://www.digitalocean.com/pricing/managed-databases"
      : `about ${(monthly / BILLED_HOURS).toFixed(3)} USD an hour, ${monthly} USD a month if it stays, and more for storage beyond the plan's`;
  return `This makes ${name}: one server, ${size}, ${storage_size_mib / 1024} GiB, in ${region}: ${price}.`;
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UserError("nobody can be asked here: say --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Go on? Only yes is taken: ");
  terminal.close();
  return answer.trim() === "yes";
}

function render({ recoveryPoint, recoverySeconds, judged, tables }: DrillReport): string {
  const rows = tables.map(({ table, original, restored, verdict }) => [
    table,
    String(original?.rows ?? "none"),
    String(restored?.rows ?? "none"),
    judged ? verdict : verdict === "same" ? "same" : "not the same",
  ]);
  const different = tables.filter(({ verdict }) => verdict === "different").length;
  return [
    renderTable(["TABLE", "ROWS", "RESTORED", ""], rows),
    "",
    `recovery point: ${recoveryPoint}`,
    `recovery time: ${recoverySeconds.toFixed(0)} s, from the request until the restored cluster was online`,
    judged ? `${different} of ${tables.length} tables are different` : "an older state is not judged",
  ].join("\n");
}

runMain(main);
