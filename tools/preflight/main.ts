/**
 * Says before a deployment what it would run into: records, networks and names that are there already, limits of the
 * account, sizes that a region has not, tokens of nodes that are not taken. Changes nothing.
 *
 *     npm run preflight                                    what `cdktf deploy` would do now
 *     npm run preflight -- STACK [--output DIRECTORY]      the same, of several stacks
 *     terraform show -json PLAN | npm run preflight -- --plan -       (or the name of a file with that)
 *
 * DIGITALOCEAN_TOKEN, DIGITALOCEAN_API_URL, CLOUDFLARE_API_TOKEN and CLOUDFLARE_BASE_URL are those of the Terraform
 * providers. `--json` prints Findings (obstacle.ts). Exit status: 0 nothing is in the way, 3 something is, 1 something
 * went wrong.
 */
import { parseArgs } from "node:util";
import { UserError, runMain } from "../../programs/user-error";
import { CloudflareAccount, tryAccessFrom } from "../accounts/cloudflare-account";
import { DigitalOceanAccount, accessFrom } from "../accounts/digitalocean-account";
import type { ApiAccess } from "../accounts/read-api";
import { KnownResources } from "../known-resources";
import { changesOf } from "../plan-explanation/change";
import { explainPlan } from "../plan-explanation/explanation";
import type { JsonPlan } from "../plan-explanation/json-plan";
import { readPlan } from "../plan-explanation/read-plan";
import { findCloudflareObstacles } from "./cloudflare-obstacles";
import { findDigitalOceanObstacles } from "./digitalocean-obstacles";
import { findTokenObstacles } from "./node-tokens";
import type { Findings } from "./obstacle";

const SOME = 3;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { plan: { type: "string" }, output: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const access = accessFrom(process.env);
  const plan = await readPlan({ plan: values.plan, stack: positionals[0], output: values.output });
  const findings = await inspect(access, plan);
  process.stdout.write(`${values.json ? JSON.stringify(findings, null, 2) : render(findings)}\n`);
  return findings.obstacles.length > 0 ? SOME : 0;
}

async function inspect(access: ApiAccess, plan: JsonPlan): Promise<Findings> {
  const { droplets, failed } = explainPlan(plan);
  if (failed) throw new UserError("plan: Terraform refuses it, npm run plan:explain says why");
  const made = changesOf(plan).filter(({ kind }) => kind === "create" || kind === "replace");
  const known = KnownResources.of(plan.prior_state);
  const cloudflare = tryAccessFrom(process.env);
  const findings: Findings[] = [
    await findDigitalOceanObstacles(
      new DigitalOceanAccount(access),
      { made, moreDroplets: droplets.most - droplets.before },
      known,
    ),
    await findTokenObstacles(plan, access.url),
    cloudflare === undefined
      ? { obstacles: [], unread: ["Cloudflare, because CLOUDFLARE_API_TOKEN is missing"] }
      : await findCloudflareObstacles(new CloudflareAccount(cloudflare), made, known),
  ];
  return {
    obstacles: findings.flatMap(({ obstacles }) => obstacles),
    unread: findings.flatMap(({ unread }) => unread),
  };
}

/** Findings for people, without a newline at the end. */
function render({ obstacles, unread }: Findings): string {
  return [
    ...(obstacles.length === 0
      ? ["Nothing is in the way of this deployment."]
      : [
          "In the way of this deployment:",
          ...obstacles.flatMap(({ what, remedy }) => ["", `  ${what}`, `    ${remedy}`]),
        ]),
    ...(unread.length === 0 ? [] : ["", ...unread.map((what) => `not looked at: ${what}`)]),
  ].join("\n");
}

runMain(main);
