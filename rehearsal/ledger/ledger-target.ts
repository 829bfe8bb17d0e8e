import path from "node:path";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { tsxCommand } from "../../programs/tsx-command";
import type { EntryId } from "./history";
import type { Ledger } from "./ledger";

/** What a ledger is written to, and how everything that is there in the end is found. */
export interface LedgerTarget {
  readonly address: string;
  readContent(ledger: Ledger, name: string): Promise<readonly EntryId[]>;
}

/** A cluster that lets the operator in: the first of the cloud. */
export async function clusterTarget(cloud: LocalCloud): Promise<LedgerTarget> {
  return { address: await findClusterName(cloud), readContent: (ledger) => ledger.readContent() };
}

/** As DigitalOcean's API calls it: `off` or `quorum`. */
export async function setReplication(cloud: LocalCloud, replication: "off" | "quorum"): Promise<void> {
  const program = tsxCommand(path.join(__dirname, "configure-cluster.ts"));
  const config = JSON.stringify({ synchronous_replication: replication });
  const { status, stderr } = await cloud.runAsOperator([...program, await findClusterName(cloud), config]);
  if (status !== 0) throw new Error(`synchronous_replication: ${stderr.trim()}`);
}

async function findClusterName(cloud: LocalCloud): Promise<string> {
  const { databases } = await cloud.control.status();
  const primary = databases.find(({ role }) => role === "primary");
  if (primary === undefined) throw new Error("ledger: needs a database cluster, there is none");
  return primary.cluster;
}

/** Prints a line for each entry of that writer. The application's own way to the primary, with its own user. */
const READ_GUEST_BOOK = `import sys, psycopg
lines = open("/run/database-endpoints/app.env").read().splitlines()
url = next(line.split("=", 1)[1] for line in lines if line.startswith("DATABASE_WRITE_URL="))
with psycopg.connect(url, prepare_threshold=None) as connection:
    for row in connection.execute("select message from guest_book where name = %s", [sys.argv[1]]):
        print(row[0])`;
const READ_LIMIT_SECONDS = 60;

/** The site's demo application, over Cloudflare's edge. */
export async function siteTarget(cloud: LocalCloud): Promise<LedgerTarget> {
  const { hostnames, droplets } = await cloud.control.status();
  const node = droplets.find(({ status, tags }) => status === "active" && tags.some((tag) => tag.endsWith("-app")));
  if (hostnames[0] === undefined || node === undefined) throw new Error("ledger: needs a site with app nodes");
  return {
    address: `https://${hostnames[0]}`,
    readContent: async (_, name) => {
      const argv = ["python3", "-c", READ_GUEST_BOOK, name];
      const { status, stdout, stderr } = await cloud.runOnDroplet(node.id, argv, READ_LIMIT_SECONDS);
      if (status !== 0) throw new Error(`ledger: the guest book cannot be read: ${stderr.trim()}`);
      return stdout.split("\n").filter((line) => line !== "");
    },
  };
}
