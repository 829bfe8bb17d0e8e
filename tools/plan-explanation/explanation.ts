import { type Change, changesOf } from "./change";
import { dependenciesOf } from "./dependencies";
import { type Effect, effectOf, isRefusable } from "./effects";
import type { JsonPlan } from "./json-plan";
import { type RollOut, rollOutsOf } from "./roll-out";
import { type Timeline, inNaturalOrder, isDroplet, timelineOf } from "./timeline";

/** What a plan will do to a site. Minutes rest on the assumptions in durations.ts. */
export interface Explanation {
  /** Whether anything is created, changed or destroyed. */
  readonly changes: boolean;
  /** Terraform could not make the plan: what is said here is what it had seen until then, and nothing will happen. */
  readonly failed: boolean;
  readonly counts: Readonly<Record<"create" | "update" | "replace" | "delete" | "forget", number>>;
  readonly minutes: number;
  readonly rollOuts: readonly RollOut[];
  readonly droplets: DropletCount;
  readonly effects: readonly Effect[];
  /** Pairs of addresses where one resource goes and one like it comes: in most cases a rename in the code. */
  readonly renames: ReadonlyArray<{ readonly from: string; readonly to: string }>;
  /** What was changed outside Terraform since the last apply, and is changed by this plan. */
  readonly drift: readonly string[];
}

/** Droplets that Terraform knows, during an apply. */
export interface DropletCount {
  readonly before: number;
  readonly most: number;
  readonly after: number;
  /** Minutes with more droplets than before and after. */
  readonly extraMinutes: number;
  /** Droplets that the account may have, if the state knows it. */
  readonly limit?: number;
}

/** Explains a plan. */
export function explainPlan(plan: JsonPlan): Explanation {
  const changes = changesOf(plan);
  const dependencies = dependenciesOf(plan);
  const timeline = timelineOf(changes, dependencies);
  const failed = plan.errored === true;
  const isToldByRollOut = ({ type, address }: Change) => isDroplet(address) || type === "terraform_data";
  return {
    changes: changes.length > 0,
    failed,
    counts: countsOf(changes.filter(({ type }) => type !== "terraform_data")),
    minutes: timeline.seconds / 60,
    rollOuts: rollOutsOf(changes, dependencies, timeline),
    droplets: countDroplets(plan, changes, timeline),
    effects: [
      ...changes
        .filter((change) => !isToldByRollOut(change))
        .map((change): Effect =>
          failed && isRefusable(change) ? { ...effectOf(change), level: "refused" } : effectOf(change),
        ),
      ...changes.filter(({ address, kind }) => isDroplet(address) && kind === "update").map(effectOfDroplet),
    ].sort((a, b) => inNaturalOrder(a.address, b.address)),
    renames: renamesIn(changes),
    drift: driftIn(plan, changes),
  };
}

function countsOf(changes: readonly Change[]): Explanation["counts"] {
  const count = (kind: Change["kind"]) => changes.filter((change) => change.kind === kind).length;
  return {
    create: count("create"),
    update: count("update"),
    replace: count("replace"),
    delete: count("delete"),
    forget: count("forget"),
  };
}

function effectOfDroplet({ address, kind, attributes }: Change): Effect {
  return attributes.includes("size")
    ? { address, kind, level: "risk", what: "the droplet is switched off, resized and switched on again" }
    : { address, kind, level: "quiet", what: `the droplet changes in place (${attributes.join(", ")})` };
}

function countDroplets(plan: JsonPlan, changes: readonly Change[], timeline: Timeline): DropletCount {
  const state = plan.prior_state?.values?.root_module?.resources ?? [];
  const account = state.find(({ type }) => type === "digitalocean_account")?.values?.["droplet_limit"];
  const deposed = changes.filter((change) => change.deposed && isDroplet(change.address)).length;
  const before = state.filter(({ address }) => isDroplet(address)).length + deposed;
  const events = changes
    .filter(({ address }) => isDroplet(address))
    .flatMap(({ address, kind }) => {
      const comes = kind === "create" || kind === "replace" ? [{ at: timeline.made(address)!.start, by: 1 }] : [];
      const goes = kind === "delete" || kind === "replace" ? [{ at: timeline.removed(address)!.end, by: -1 }] : [];
      return [...comes, ...goes];
    })
    // What goes makes room for what comes at the same moment.
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const after = before + events.reduce((sum, { by }) => sum + by, 0);
  let now = before;
  let most = before;
  let since = 0;
  let extraSeconds = 0;
  for (const { at, by } of events) {
    if (now > Math.max(before, after)) extraSeconds += at - since;
    now += by;
    since = at;
    most = Math.max(most, now);
  }
  const limit = typeof account === "number" ? account : undefined;
  return { before, most, after, extraMinutes: extraSeconds / 60, limit };
}

/** Without what this plan leaves alone: how many droplets have a tag, for example, changes outside Terraform too. */
function driftIn(plan: JsonPlan, changes: readonly Change[]): string[] {
  const changed = new Set(changes.map(({ address }) => address));
  const drifted = (plan.resource_drift ?? []).filter(({ change }) => written(change.before) !== written(change.after));
  return drifted
    .map(({ address }) => address)
    .filter((address) => changed.has(address))
    .sort(inNaturalOrder);
}

/** Nothing and empty are one: DigitalOcean's provider writes null when it makes a resource and `[]` when it reads it. */
function written(values: unknown): string {
  const isEmpty = (value: unknown): boolean => value === "" || (Array.isArray(value) && value.length === 0);
  return JSON.stringify(values, (_name, value: unknown) => (isEmpty(value) ? null : value));
}

/** Something goes and something of the same type and name in the account comes, under another address. */
function renamesIn(changes: readonly Change[]): { from: string; to: string }[] {
  const gone = changes.filter(({ kind, deposed, name }) => kind === "delete" && !deposed && name !== undefined);
  return gone.flatMap((one) => {
    const twin = changes.find(({ kind, type, name }) => kind === "create" && type === one.type && name === one.name);
    return twin ? [{ from: one.address, to: twin.address }] : [];
  });
}
