import { between, oneWordOf } from "../plugin/checks";
import { ProviderError, type PlanChange, type ResourceType } from "../plugin/provider";
import { computed, nestedSingle, optional, required, setOf, type Attributes } from "../plugin/schema";
import { isList, isObject, isUnknown, type Value, type Values } from "../plugin/values";
import { stateAfterWrite } from "./answer-state";
import type { CloudflareClient } from "./client";
import { idOf, parseImportId, readObject } from "./reading";
import { requestBody } from "./request-body";
import { sameValue } from "../plugin/same-value";

const text = optional("string");
const number = optional("number");
const byte = optional("number", { check: between(0, 255) });
const short = optional("number", { check: between(0, 65535) });

/** Parts of records that are more than one text (CAA, LOC, SRV, …). */
const recordParts: Attributes = {
  algorithm: byte,
  altitude: optional("number", { check: between(-100000, 42849672.95) }),
  certificate: text,
  digest: text,
  digest_type: byte,
  fingerprint: text,
  flags: optional("dynamic"),
  key_tag: short,
  lat_degrees: optional("number", { check: between(0, 90) }),
  lat_direction: optional("string", { check: oneWordOf("n", "s") }),
  lat_minutes: optional("number", { check: between(0, 59) }),
  lat_seconds: optional("number", { check: between(0, 59.999) }),
  long_degrees: optional("number", { check: between(0, 180) }),
  long_direction: optional("string", { check: oneWordOf("e", "w") }),
  long_minutes: optional("number", { check: between(0, 59) }),
  long_seconds: optional("number", { check: between(0, 59.999) }),
  matching_type: byte,
  order: short,
  port: short,
  precision_horz: optional("number", { check: between(0, 90000000) }),
  precision_vert: optional("number", { check: between(0, 90000000) }),
  preference: short,
  priority: short,
  protocol: byte,
  public_key: text,
  regex: text,
  replacement: text,
  selector: byte,
  service: text,
  size: optional("number", { check: between(0, 90000000) }),
  tag: text,
  target: text,
  type: number,
  usage: byte,
  value: text,
  weight: short,
};

const onOff = optional("bool", { computed: true });

const types =
  "a aaaa cname mx ns openpgpkey ptr txt caa cert dnskey ds https loc naptr smimea srv sshfp svcb tlsa uri".split(" ");

const attributes: Attributes = {
  id: computed("string", { keep: true }),
  zone_id: required("string", { forceNew: true }),
  name: required("string"),
  type: required("string", { forceNew: true, check: oneWordOf(...types) }),
  content: optional("string", { computed: true }),
  ttl: required("number"),
  proxied: optional("bool", { computed: true, default: false }),
  comment: text,
  priority: short,
  data: optional(nestedSingle(recordParts)),
  tags: optional(setOf("string"), { computed: true }),
  settings: optional(nestedSingle({ ipv4_only: onOff, ipv6_only: onOff, flatten_cname: onOff }), { computed: true }),
  comment_modified_on: computed("string", { time: true }),
  created_on: computed("string", { time: true }),
  modified_on: computed("string", { time: true }),
  tags_modified_on: computed("string", { time: true }),
  proxiable: computed("bool"),
  meta: computed("string"),
};

/** `cloudflare_dns_record`. Another name or content is a change in place. */
export const dnsRecord: ResourceType<CloudflareClient> = {
  attributes,

  adjustPlan: keepUnchanged,

  async create({ client, planned }) {
    if (planned.proxied === true && planned.ttl !== 1) {
      throw new ProviderError(
        "ttl must be set to 1 when `proxied` is true",
        "When a DNS record is marked as `proxied` the TTL must be 1 as Cloudflare will control the TTL internally.",
      );
    }
    const body = requestBody(attributes, planned, ["zone_id"]);
    return stateAfterWrite(attributes, planned, await client.call("POST", recordsPath(planned), body));
  },

  read: (state, call) => readObject(attributes, recordPath(state), state, call),

  async update({ client, planned, prior }) {
    const body = requestBody(attributes, planned, ["zone_id"], prior);
    return stateAfterWrite(attributes, planned, await client.call("PUT", recordPath(prior), body));
  },

  async delete(state, { client }) {
    await client.call("DELETE", recordPath(state));
  },

  async import(importId, call) {
    const [zone_id = "", id = ""] = parseImportId(importId, "<zone_id>/<dns_record_id>");
    const state = { zone_id, id };
    return (await readObject(attributes, recordPath(state), state, call)) ?? state;
  },
};

/**
 * Takes back what is no real change: a short name for a full one, another case of a CNAME's target, empty tags and
 * settings; and keeps what an update does not touch instead of showing it as "known after apply".
 */
function keepUnchanged({ prior, planned }: PlanChange): Values {
  if (!prior) return planned;
  const kept: Record<string, Value> = { ...planned };
  if (isShortFor(planned.name, prior.name)) kept.name = prior.name ?? null;
  const sameCase = String(planned.content).toLowerCase() === String(prior.content).toLowerCase();
  if (planned.type === "CNAME" && sameCase) kept.content = prior.content ?? null;
  for (const name of ["created_on", "proxiable", "meta"]) kept[name] = prior[name] ?? null;
  if (isUnknown(planned.content) && planned.data) kept.content = prior.content ?? null;
  if (isUnknown(planned.settings) || isBlank(planned.settings)) kept.settings = prior.settings ?? null;
  if (isUnknown(planned.tags) && isBlank(prior.tags)) kept.tags = prior.tags ?? null;
  if (isBlank(planned.comment)) kept.comment_modified_on = prior.comment_modified_on ?? null;
  if (isBlank(kept.tags)) kept.tags_modified_on = prior.tags_modified_on ?? null;
  return isSameRecord(kept, prior) ? prior : kept;
}

function isSameRecord(planned: Values, prior: Values): boolean {
  const own = [
    "zone_id",
    "name",
    "type",
    "content",
    "ttl",
    "proxied",
    "priority",
    "comment",
    "data",
    "tags",
    "settings",
  ];
  return own.every((name) => {
    const type = attributes[name]?.type ?? "dynamic";
    return sameValue(type, prior[name] ?? null, planned[name] ?? null, {
      zeroIsNull: name === "tags" || name === "settings",
    });
  });
}

function isShortFor(planned: Value | undefined, stored: Value | undefined): boolean {
  if (typeof planned !== "string" || typeof stored !== "string") return false;
  const [short, full] = [planned, stored].map((name) => name.replace(/\.$/, "")) as [string, string];
  return (planned === "@" && full.includes(".")) || full === short || full.startsWith(`${short}.`);
}

function isBlank(value: Value | undefined): boolean {
  if (isObject(value)) return Object.values(value).every((inner) => inner === null || isUnknown(inner));
  return value === undefined || value === null || value === "" || (isList(value) && value.length === 0);
}

function recordsPath({ zone_id }: Values): string {
  return `zones/${zone_id}/dns_records`;
}

function recordPath(state: Values): string {
  return `${recordsPath(state)}/${idOf(state, "id", "dns_record_id")}`;
}
