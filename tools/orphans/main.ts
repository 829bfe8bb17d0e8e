/**
 * Lists what a DigitalOcean account holds under the names and tags of a stack's sites and Terraform's state does not
 * know: what an interrupted deployment has left, or a destruction that did not go to its end. Changes nothing.
 *
 *     npm run orphans -- [STACK] [--output DIRECTORY] [--json]
 *     terraform show -json | npm run orphans -- --state - --name www-example-com
 *
 * DIGITALOCEAN_TOKEN and DIGITALOCEAN_API_URL are those of the Terraform provider. Exit status: 0 nothing is left,
 * 3 something is, 1 something went wrong. What is only "perhaps" ours does not count.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { StackDirectory } from "../stack-directory";
import { UserError, runMain } from "../user-error";
import { DigitalOceanAccount, accessFrom } from "./digitalocean-account";
import { KnownResources, siteNames } from "./known-resources";
import { findOrphans } from "./orphans";
import { renderReport } from "./render-report";

const STANDARD_INPUT = 0;
const SOME = 3;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      state: { type: "string" },
      name: { type: "string", multiple: true, default: [] },
      output: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const account = new DigitalOceanAccount(accessFrom(process.env));
  let { name: names } = values;
  let state: string;
  if (values.state === undefined) {
    const directory = await StackDirectory.open({ stack: positionals[0], output: values.output });
    state = await directory.state();
    if (names.length === 0) names = siteNames(await directory.configuration());
  } else state = readFileSync(values.state === "-" ? STANDARD_INPUT : values.state, "utf8");
  if (names.length === 0) throw new UserError("--name: is missing, what names in the account begin with");
  const report = await findOrphans(account, KnownResources.parse(state), names);
  process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : renderReport(report, names)}\n`);
  return report.orphans.some(({ ours }) => ours) ? SOME : 0;
}

runMain(main);
