import type { Problem } from "./problems";
import { isGroup, memberPath, shown, shownKind } from "./value-checks";

/** Finds what is wrong with one setting. `group` is what it belongs to, for settings that limit each other. */
export type Check<Value, Group> = (path: string, value: Value, group: Group) => Problem[];

/** One check for each setting of a group: the compiler refuses a table in which one is missing. */
export type Checks<Group> = {
  readonly [Name in keyof Group]-?: Check<Exclude<Group[Name], undefined>, Group>;
};

/** What a table of checks does not say about its group. */
export interface GroupRules<Group> {
  /** Settings without a default. @default none */
  readonly required?: ReadonlyArray<keyof Group & string>;
  /** Names of earlier versions, each with what to write today: `webNodes` → `web.nodes`. @default none */
  readonly renamed?: Readonly<Record<string, string>>;
}

/**
 * Problems of a group of settings, each at its path in the whole input (`web.nodes`). What is undefined counts as left
 * out. A name that is not in the table is a problem too: a typing error must not pass for a default.
 */
export function checkGroup<Group extends object>(
  path: string,
  group: Group,
  checks: Checks<Group>,
  { required = [], renamed = {} }: GroupRules<Group> = {},
): Problem[] {
  if (!isGroup(group))
    return [{ path: path || "props", message: `must be an object with settings, got ${shownKind(group)}` }];
  const names = Object.keys(checks) as (keyof Group & string)[];
  const at = (name: string) => memberPath(path, name);
  const known = names.flatMap((name) => {
    const value = group[name];
    if (value !== undefined) return checks[name](at(name), value as never, group);
    return required.includes(name) ? [{ path: at(name), message: "is missing" }] : [];
  });
  const unknown = Object.entries(group)
    .filter(([name, value]) => value !== undefined && !Object.hasOwn(checks, name))
    .map(([name]) => ({ path: at(name), message: describeUnknown(name, names, renamed) }));
  return [...known, ...unknown];
}

/** Something of which there are several kinds, and that is none of them. */
export function kindProblem(path: string, kinds: readonly string[], value: unknown): Problem {
  const allowed = kinds.map((kind) => JSON.stringify(kind)).join(" or ");
  if (!isGroup(value)) return { path, message: `must be an object whose kind is ${allowed}, got ${shownKind(value)}` };
  const { kind } = value as { kind?: unknown };
  return {
    path: `${path}.kind`,
    message: kind === undefined ? `is missing, must be ${allowed}` : `must be ${allowed}, got ${shown(kind)}`,
  };
}

function describeUnknown(name: string, names: readonly string[], renamed: Readonly<Record<string, string>>): string {
  const former = Object.keys(renamed).find((one) => one.toLowerCase() === name.toLowerCase());
  if (former !== undefined) return `is called ${renamed[former]} now`;
  const nearest = [...names].sort((a, b) => distance(name, a) - distance(name, b));
  return `is no setting, must be one of ${nearest.join(", ")}`;
}

/** Characters to add, take away or replace until one text is the other, whatever the case (Levenshtein). */
function distance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    previous = row;
  }
  return previous[b.length]!;
}
