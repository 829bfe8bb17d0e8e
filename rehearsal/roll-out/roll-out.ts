import { setTimeout as sleep } from "node:timers/promises";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { DropletStatus } from "../../local-cloud/client/control-client";
import { LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";
import type { Visitors } from "../visitors/visitors";
import { waitUntil } from "../../programs/wait-until";
import type { Change } from "./changes";
import { type Deployed, Deployment, killTerraform, type SiteChanges, taint } from "./deployment";
import { findServing } from "./serving-node";
import { type Outage, summarizeVisits, type VisitsSummary } from "../visitors/visits";

/** What happened while one change was rolled out. */
export interface RollOut {
  readonly change: string;
  readonly seconds: number;
  readonly visits: VisitsSummary;
  /** How often the reserved IP went to another load balancer. */
  readonly moves: number;
  /** Droplets that exist now, by name; two of one name are two entries. */
  readonly droplets: readonly string[];
  /** What is not as it should be; none when all is well. */
  readonly problems: readonly string[];
  /** What cdktf printed. */
  readonly output: string;
}

/** Before the change, to see that all is well; after it, to see that it stays so. */
const MARGIN_MS = 2000;
/** Until terraform prints what a change waits for. */
const PRINT_LIMIT_SECONDS = 300;

/** Rolls a change out while visitors send requests. `before` is what earlier changes have set. */
export async function rollOut(
  cloud: LocalCloud,
  visitors: Visitors,
  before: SiteChanges,
  change: Change,
): Promise<RollOut> {
  const began = Date.now();
  const movesBefore = (await cloud.control.reservedIpMoves()).length;
  await sleep(MARGIN_MS);
  const deployed = await withNewTokens(cloud, change, () => deploy(cloud, { ...before, ...change.set }, change));
  await sleep(MARGIN_MS);
  const outage = await findOutage(cloud, change, deployed.powerCut);
  const visits = summarizeVisits(visitors.between(began, Date.now() - MARGIN_MS / 2), outage);
  const tooMany = visits.failed.length > (change.hurts ?? 0) * visits.requests;
  const { droplets } = await cloud.control.status();
  return {
    change: change.name,
    seconds: deployed.seconds,
    visits,
    moves: (await cloud.control.reservedIpMoves()).length - movesBefore,
    droplets: droplets.map(({ name }) => name).sort(),
    problems: [...problemsOf(deployed, change), ...(tooMany ? ["requests failed"] : [])],
    output: deployed.output,
  };
}

/** As a person does it: new tokens are made, then comes the deployment, and then the old ones are revoked. */
async function withNewTokens<T>(cloud: LocalCloud, { renews = [] }: Change, run: () => Promise<T>): Promise<T> {
  const renewed = [];
  for (const variable of renews) renewed.push(await cloud.renewToken(variable));
  const result = await run();
  for (const token of renewed) await token.revokeOld();
  return result;
}

interface DeployedUnderLoad extends Deployed {
  /** When a node lost power. */
  readonly powerCut?: Outage;
}

async function deploy(cloud: LocalCloud, site: SiteChanges, change: Change): Promise<DeployedUnderLoad> {
  if (change.pushes !== undefined)
    await new LocalCloudProcess(cloud.directory.root).succeed("push-image", change.pushes, "--demo");
  if (change.taint !== undefined) await taint(cloud, change.taint);
  const deployment = await Deployment.start(cloud, site);
  if (change.loses !== undefined) {
    const { node, at } = change.loses;
    await waitUntilPrinted(deployment, at);
    const powerCut = await cutPower(cloud, await findServing(cloud, node));
    return { ...(await deployment.ended), powerCut };
  }
  if (change.killAt === undefined) return deployment.ended;
  await waitUntilPrinted(deployment, change.killAt);
  await killTerraform(cloud);
  // Whatever its exit status: cdktf 0.21 calls it a success when terraform was killed.
  await deployment.ended;
  return (await Deployment.start(cloud, site)).ended;
}

/** Resolves when the node is dead: to the time in which it died. */
async function cutPower(cloud: LocalCloud, { id, name }: DropletStatus): Promise<Outage> {
  const began = Date.now();
  await cloud.control.power(id, "power-off");
  const isOff = async () => (await cloud.control.status()).droplets.find((one) => one.id === id)?.status !== "active";
  await waitUntil(`power cut of ${name}`, 30, isOff, 20);
  return { began, ended: Date.now() };
}

/** When requests are lost whatever the site does: at the power cut, and until a dead load balancer's address moves. */
async function findOutage(cloud: LocalCloud, change: Change, cut: Outage | undefined): Promise<Outage | undefined> {
  if (cut === undefined || change.loses?.node !== "holder") return cut;
  const moves = await cloud.control.reservedIpMoves();
  const next = moves.find(({ at, dropletId }) => at > cut.began && dropletId !== undefined);
  return { began: cut.began, ended: next?.at ?? cut.ended };
}

/** Throws when the deployment ends without having printed it. */
async function waitUntilPrinted(deployment: Deployment, pattern: RegExp): Promise<void> {
  let ended = false;
  void deployment.ended.finally(() => (ended = true)).catch(() => undefined);
  await waitUntil(`output ${pattern}`, PRINT_LIMIT_SECONDS, () => ended || deployment.hasPrinted(pattern), 20);
  if (!deployment.hasPrinted(pattern)) throw new Error(`cdktf: must print ${pattern}`);
}

function problemsOf({ code, output }: Deployed, { failsWith }: Change): string[] {
  if (failsWith === undefined) return code === 0 ? [] : [`cdktf: must succeed, got exit status ${code}`];
  if (code === 0) return ["cdktf: must fail, got exit status 0"];
  return failsWith.test(output) ? [] : [`cdktf: must print ${failsWith}`];
}
