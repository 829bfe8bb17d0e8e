import { randomBytes } from "node:crypto";
import { preciseTimestamp } from "../../clock";
import type { RequestBody } from "../../request-body";
import type { Cloud } from "../account/cloud";
import { invalid, rulesetNotFound } from "../account/errors";
import { findZone, ok, page, type ApiRequest, type Handler } from "../account/route";
import type { Rule, Ruleset, Zone } from "../account/store";

/** A zone has one ruleset for each phase. Rules are kept; the local edge does not act on them. */
export const createRuleset: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const phase = request.body.text("phase");
  const kind = request.body.choice("kind", ["zone"]);
  if ([...zone.rulesets.values()].some((other) => other.phase === phase)) {
    throw invalid(
      "A similar configuration with rules already exists and overwriting will have unintended consequences.",
      20217,
    );
  }
  const ruleset = {
    ...readRuleset(cloud, request.body, undefined),
    id: randomBytes(16).toString("hex"),
    kind,
    phase,
    version: 1,
  };
  zone.rulesets.set(ruleset.id, ruleset);
  return ok(viewRuleset(ruleset));
};

/** `GET /client/v4/zones/:zone/rulesets/:ruleset`. */
export const getRuleset: Handler = (cloud, request) => ok(viewRuleset(findRuleset(findZone(cloud, request), request)));

/** `GET /client/v4/zones/:zone/rulesets`. */
export const listRulesets: Handler = (cloud, request) =>
  page([...findZone(cloud, request).rulesets.values()], request, (ruleset) => {
    const { rules: _left, ...summary } = viewRuleset(ruleset);
    return summary;
  });

/** A rule keeps its id as long as it keeps its `ref`. */
export const putRuleset: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const before = findRuleset(zone, request);
  const ruleset = { ...before, ...readRuleset(cloud, request.body, before), version: before.version + 1 };
  zone.rulesets.set(ruleset.id, ruleset);
  return ok(viewRuleset(ruleset));
};

/** `DELETE /client/v4/zones/:zone/rulesets/:ruleset`. */
export const deleteRuleset: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  zone.rulesets.delete(findRuleset(zone, request).id);
  return { status: 204 };
};

function findRuleset(zone: Zone, request: ApiRequest): Ruleset {
  const ruleset = zone.rulesets.get(request.parameters["ruleset"] ?? "");
  if (!ruleset) throw rulesetNotFound();
  return ruleset;
}

function readRuleset(
  cloud: Cloud,
  body: RequestBody,
  before: Ruleset | undefined,
): Pick<Ruleset, "name" | "description" | "rules" | "lastUpdated"> {
  const lastUpdated = preciseTimestamp(cloud.clock.now());
  return {
    name: body.optionalText("name") ?? before?.name ?? "default",
    description: body.optionalText("description") ?? "",
    rules: body.objects("rules").map((rule) => readRule(rule, before, lastUpdated)),
    lastUpdated,
  };
}

function readRule(rule: RequestBody, before: Ruleset | undefined, lastUpdated: string): Rule {
  rule.text("action");
  rule.text("expression");
  const { id: sentId, ref: sentRef, ...fields } = rule.entries();
  const known = before?.rules.find(({ id, ref }) => (sentRef === undefined ? id === sentId : ref === sentRef));
  const id = known?.id ?? randomBytes(16).toString("hex");
  const unchanged = known && JSON.stringify(known.fields) === JSON.stringify(fields);
  return {
    id,
    ref: typeof sentRef === "string" ? sentRef : (known?.ref ?? id),
    version: unchanged ? known.version : `${Number(known?.version ?? 0) + 1}`,
    lastUpdated: unchanged ? known.lastUpdated : lastUpdated,
    fields,
  };
}

function viewRuleset(ruleset: Ruleset): Record<string, unknown> {
  return {
    id: ruleset.id,
    name: ruleset.name,
    description: ruleset.description,
    kind: ruleset.kind,
    version: `${ruleset.version}`,
    last_updated: ruleset.lastUpdated,
    phase: ruleset.phase,
    rules: ruleset.rules.map(({ id, ref, version, lastUpdated, fields }) => ({
      id,
      version,
      ...fields,
      enabled: fields["enabled"] ?? true,
      ref,
      last_updated: lastUpdated,
    })),
  };
}
