import { assumptions } from "./durations";
import type { Effect } from "./effects";
import type { DropletCount, Explanation } from "./explanation";
import type { RollOut } from "./roll-out";

/** An explanation as text for people, without a newline at the end. */
export function renderExplanation(explanation: Explanation): string {
  const { failed, rollOuts, effects } = explanation;
  const refused = effects.filter(({ level }) => level === "refused");
  if (!explanation.changes && !failed) return ["Nothing changes.", ...drift(explanation)].join("\n");
  return [
    failed ? "Terraform refuses this plan: nothing will happen. What it had seen until then:" : summary(explanation),
    ...section("Refused, because it is protected from destruction", refused.map(line)),
    ...(failed ? [] : rollOuts.flatMap((rollOut) => ["", ...describeRollOut(rollOut)])),
    ...(failed || rollOuts.length === 0 ? [] : ["", describeDroplets(explanation.droplets)]),
    ...section("At risk", [
      ...risksOfRollOuts(explanation),
      ...withLevel(effects, "loss"),
      ...withLevel(effects, "risk"),
    ]),
    ...section("Not known here", withLevel(effects, "unknown")),
    ...section("Without effect on traffic", quietLines(effects)),
    ...section(
      "Probably renamed in the code (a moved block keeps what exists)",
      explanation.renames.map(({ from, to }) => `${from} -> ${to}`),
    ),
    ...drift(explanation),
    ...(failed ? [] : section("Times assume that", [...assumptions])),
  ].join("\n");
}

function summary({ counts, minutes }: Explanation): string {
  const words = {
    create: "creates",
    update: "changes in place",
    replace: "replaces",
    delete: "destroys",
    forget: "forgets",
  };
  const parts = (Object.keys(words) as (keyof typeof words)[])
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${words[kind]} ${counts[kind]}`);
  return `${sentence(parts)} (resources). Takes ${about(minutes)}.`;
}

/** Why nodes are replaced, in words; what is not listed is shown as Terraform calls it. */
const REASONS: Readonly<Record<string, string>> = {
  user_data: "what they boot with changes",
  image: "their image changes",
  region: "their region changes",
  vpc_uuid: "their private network changes",
  ssh_keys: "their SSH keys change",
  replace_by_triggers: "their size changes",
  replace_by_request: "it was asked for",
  replace_because_tainted: "the last deployment left them unfinished or not ready",
};

function describeRollOut(rollOut: RollOut): string[] {
  const { tier, replaced, added, removed, because, batches, oldOnesGo } = rollOut;
  const what = [
    ...(replaced.length > 0
      ? [
          `${count(replaced.length, "node")} replaced, because ${because.map((one) => REASONS[one] ?? one).join(" and ")}`,
        ]
      : []),
    ...(added.length > 0 ? [`${count(added.length, "node")} added`] : []),
    ...(removed.length > 0 ? [`${count(removed.length, "node")} removed`] : []),
  ];
  return [
    `${tier}: ${what.join("; ")}`,
    ...batches.map((names, i) =>
      i === 0 ? `  1. new: ${list(names)}` : `  ${i + 1}. when those are ready: ${list(names)}`,
    ),
    ...(batches.length > 0 ? [`  all new nodes ready after ${about(rollOut.readyAfterMinutes)}`] : []),
    ...(oldOnesGo.length > 0
      ? [
          `  ${batches.length + 1}. ${added.length + replaced.length > 0 ? "old nodes" : "they"} drain and go: ${list(oldOnesGo)}; done after ${about(rollOut.doneAfterMinutes)}`,
        ]
      : []),
    ...(replaced.length > 0 && rollOut.goFirst.length === 0
      ? ["  if a new node does not become ready, the deployment stops there and every old one stays in service"]
      : []),
  ];
}

function describeDroplets({ before, most, after, extraMinutes }: DropletCount): string {
  const extra = most - Math.max(before, after);
  const peak = extra > 0 ? `, up to ${most} meanwhile (${extra} more, ${about(extraMinutes)} long)` : "";
  return `Droplets: ${before} now${peak}, ${after} afterwards.`;
}

function risksOfRollOuts({ rollOuts, droplets, failed }: Explanation): string[] {
  if (failed) return [];
  const { most, limit } = droplets;
  return [
    ...rollOuts.flatMap(({ tier, ungated, goFirst }) => [
      ...(ungated.length > 0 ? [`${tier}: nothing waits until ${list(ungated)} is ready`] : []),
      ...(goFirst.length > 0 ? [`${tier}: ${list(goFirst)} goes before its successor is there`] : []),
    ]),
    ...(limit !== undefined && most > limit
      ? [`droplets: ${most} at the peak, and the account may have ${limit}: ask for more or use smaller changes`]
      : []),
  ];
}

function withLevel(effects: readonly Effect[], level: Effect["level"]): string[] {
  return effects.filter((effect) => effect.level === level).map(line);
}

/** Everything that is new is one line: a first deployment has dozens. */
function quietLines(effects: readonly Effect[]): string[] {
  const quiet = effects.filter(({ level }) => level === "quiet");
  const made = quiet.filter(({ kind }) => kind === "create").length;
  return [
    ...quiet.filter(({ kind }) => kind !== "create").map(line),
    ...(made > 0 ? [`${made === 1 ? "something is" : `${made} things are`} made that nothing has used so far`] : []),
  ];
}

function line({ address, what }: Effect): string {
  return `${withoutHash(address)}: ${what}`;
}

/** cdktf's names end in eight digits that say nothing to people. */
function withoutHash(address: string): string {
  return address.replace(/_[0-9A-F]{8}\b/, "");
}

function drift({ drift }: Explanation): string[] {
  return section("Changed outside Terraform since the last deployment", drift.map(withoutHash));
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((one) => `  ${one}`)];
}

/** Names, of which a long list shows the first and the last. */
function list(names: readonly string[]): string {
  return names.length <= 6 ? names.join(", ") : `${names[0]} … ${names.at(-1)} (${names.length})`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function about(minutes: number): string {
  if (minutes < 1) return "less than a minute";
  if (minutes < 90) return `about ${count(Math.round(minutes), "minute")}`;
  return `about ${(minutes / 60).toFixed(1)} hours`;
}

function sentence(parts: readonly string[]): string {
  const text = parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
