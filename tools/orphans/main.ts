/**
 * Lists what DigitalOcean and Cloudflare hold under the names of a stack's sites and Terraform's state does not know:
 * what an interrupted deployment has left, or a destruction that did not go to its end. Changes nothing.
 *
 *     npm run orphans -- [STACK] [--output DIRECTORY] [--json]
 *     terraform show -json | npm run orphans -- --state - --name www-example-com --hostname www.example.com --zone ID
 *
 * DIGITALOCEAN_TOKEN, DIGITALOCEAN_API_URL, CLOUDFLARE_API_TOKEN and CLOUDFLARE_BASE_URL are those of the Terraform
 * providers; without a token for Cloudflare the report says so. Exit status: 0 nothing is left, 3 something is,
 * 1 something went wrong. What is only "perhaps" ours does not count.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { StackDirectory } from "../stack-directory";
import { UserError, runMain } from "../../programs/user-error";
import { CloudflareAccount, tryAccessFrom } from "../accounts/cloudflare-account";
import { findCloudflareOrphans } from "./cloudflare-orphans";
import { DigitalOceanAccount, accessFrom } from "../accounts/digitalocean-account";
import { KnownResources } from "../known-resources";
import { type Report, findOrphans } from "./orphans";
import { renderReport } from "./render-report";
import { type SiteHostname, siteHostnames, siteNames } from "./site-names";

const STANDARD_INPUT = 0;
const SOME = 3;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      state: { type: "string" },
      name: { type: "string", multiple: true, default: [] },
      hostname: { type: "string", multiple: true, default: [] },
      zone: { type: "string" },
      output: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const account = new DigitalOceanAccount(accessFrom(process.env));
  const { state, names, hostnames } = await readStack(values, positionals[0]);
  if (names.length === 0) throw new UserError("--name: is missing, what names in the account begin with");
  const known = KnownResources.parse(state);
  const reports = [await findOrphans(account, known, names), await askCloudflare(known, hostnames)];
  const report = {
    orphans: reports.flatMap(({ orphans }) => orphans),
    unread: reports.flatMap(({ unread }) => unread),
  };
  process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : renderReport(report, names)}\n`);
  return report.orphans.some(({ ours }) => ours) ? SOME : 0;
}

interface Choice {
  readonly state?: string;
  readonly name: readonly string[];
  readonly hostname: readonly string[];
  readonly zone?: string;
  readonly output?: string;
}

/** What Terraform knows, and what its sites are called: as the options say, the rest as the stack does. */
async function readStack({ state, name: names, hostname, zone, output }: Choice, stack: string | undefined) {
  if (hostname.length > 0 && !zone) throw new UserError("--zone: is missing, the id of the zone of --hostname");
  const hostnames = hostname.map((one): SiteHostname => ({ hostname: one, zoneId: zone! }));
  if (state !== undefined)
    return { state: readFileSync(state === "-" ? STANDARD_INPUT : state, "utf8"), names, hostnames };
  const directory = await StackDirectory.open({ stack, output });
  const configuration = await directory.configuration();
  return {
    state: await directory.state(),
    names: names.length > 0 ? names : siteNames(configuration),
    hostnames: hostnames.length > 0 ? hostnames : siteHostnames(configuration),
  };
}

async function askCloudflare(known: KnownResources, hostnames: readonly SiteHostname[]): Promise<Report> {
  const access = tryAccessFrom(process.env);
  const nothing = (why: string) => ({ orphans: [], unread: [`Cloudflare, because ${why} is missing`] });
  if (access === undefined) return nothing("CLOUDFLARE_API_TOKEN");
  if (hostnames.length === 0) return nothing("--hostname");
  return findCloudflareOrphans(new CloudflareAccount(access), known, hostnames);
}

runMain(main);
