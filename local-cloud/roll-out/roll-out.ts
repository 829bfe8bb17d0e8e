import { setTimeout as sleep } from "node:timers/promises";
import type { LocalCloud } from "../cli/local-cloud";
import type { Visitors } from "../faults/visitors";
import { waitUntil } from "../outer-cloud/wait-until";
import type { Change } from "./changes";
import { type Deployed, Deployment, killTerraform, type SiteChanges, taint } from "./deployment";
import { summarizeVisits, type VisitsSummary } from "./visits";

/** What happened while one change was rolled out. */
export interface RollOut {
  readonly change: string;
  readonly seconds: number;
  readonly visits: VisitsSummary;
  /** Droplets that exist now, by name; two of one name are two entries. */
  readonly droplets: readonly string[];
  /** What is not as it should be; none when all is well. */
  readonly problems: readonly string[];
  /** What cdktf printed. */
  readonly output: string;
}

/** Before the change, to see that all is well; after it, to see that it stays so. */
const MARGIN_MS = 2000;

/** Rolls a change out under the eyes of visitors. `before` is what the site is besides. */
export async function rollOut(
  cloud: LocalCloud,
  visitors: Visitors,
  before: SiteChanges,
  change: Change,
): Promise<RollOut> {
  const began = Date.now();
  await sleep(MARGIN_MS);
  const deployed = await deploy(cloud, { ...before, ...change.set }, change);
  await sleep(MARGIN_MS);
  const visits = summarizeVisits(visitors.between(began, Date.now() - MARGIN_MS / 2));
  const { droplets } = await cloud.control.status();
  return {
    change: change.name,
    seconds: deployed.seconds,
    visits,
    droplets: droplets.map(({ name }) => name).sort(),
    problems: [...problemsOf(deployed, change), ...(visits.failed.length > 0 ? ["requests failed"] : [])],
    output: deployed.output,
  };
}

async function deploy(cloud: LocalCloud, site: SiteChanges, { taint: addresses, killAt }: Change): Promise<Deployed> {
  if (addresses !== undefined) await taint(cloud, addresses);
  const deployment = await Deployment.start(cloud, site);
  if (killAt === undefined) return deployment.ended;
  await waitUntil(`output ${killAt}`, 120, () => deployment.hasPrinted(killAt), 20);
  await killTerraform(cloud);
  // Whatever its exit status: cdktf 0.21 calls it a success when terraform was killed.
  await deployment.ended;
  return (await Deployment.start(cloud, site)).ended;
}

function problemsOf({ code, output }: Deployed, { failsWith }: Change): string[] {
  if (failsWith === undefined) return code === 0 ? [] : [`cdktf: must succeed, got exit status ${code}`];
  if (code === 0) return ["cdktf: must fail, got exit status 0"];
  return failsWith.test(output) ? [] : [`cdktf: must print ${failsWith}`];
}
