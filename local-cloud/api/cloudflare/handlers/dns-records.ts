import { randomBytes } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import { preciseTimestamp } from "../../clock";
import type { RequestBody } from "../../request-body";
import { edgeChanged, type Cloud } from "../account/cloud";
import { invalid, recordNotFound } from "../account/errors";
import { findZone, ok, page, type ApiRequest, type Handler } from "../account/route";
import type { DnsRecord, Zone } from "../account/store";

const types = ["A", "AAAA", "CNAME", "TXT", "MX", "NS", "CAA"] as const;
const proxiable = ["A", "AAAA", "CNAME"];

/** Short names are completed with the zone's. */
export const createDnsRecord: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const now = preciseTimestamp(cloud.clock.now());
  const fields = readRecord(zone, request.body, undefined);
  checkClashes(zone, fields, undefined);
  const record = { ...fields, id: randomBytes(16).toString("hex"), createdOn: now, modifiedOn: now };
  zone.records.set(record.id, record);
  edgeChanged(cloud);
  return ok(viewRecord(zone, record));
};

/** `GET /client/v4/zones/:zone/dns_records/:record`. */
export const getDnsRecord: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  return ok(viewRecord(zone, findRecord(zone, request)));
};

/** All, or those of `?name=`, `?type=`, `?content=` and `?proxied=`. */
export const listDnsRecords: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const { type, proxied } = request.query;
  const name = request.query["name"] ?? request.query["name.exact"];
  const content = request.query["content"] ?? request.query["content.exact"];
  const shown = [...zone.records.values()].filter(
    (record) =>
      (name === undefined || record.name === name) &&
      (type === undefined || record.type === type) &&
      (content === undefined || record.content === content) &&
      (proxied === undefined || `${record.proxied}` === proxied),
  );
  const filters = ["name", "name.exact", "type", "content", "content.exact", "proxied"];
  return page(shown, request, (record) => viewRecord(zone, record), filters);
};

/** Replaces the record. */
export const putDnsRecord: Handler = (cloud, request) => change(cloud, request, false);

/** Changes what is named, and keeps the rest. */
export const patchDnsRecord: Handler = (cloud, request) => change(cloud, request, true);

/** `DELETE /client/v4/zones/:zone/dns_records/:record`. */
export const deleteDnsRecord: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const record = findRecord(zone, request);
  zone.records.delete(record.id);
  edgeChanged(cloud);
  return ok({ id: record.id });
};

function change(cloud: Cloud, request: ApiRequest, keepRest: boolean): ReturnType<Handler> {
  const zone = findZone(cloud, request);
  const before = findRecord(zone, request);
  const fields = readRecord(zone, request.body, keepRest ? before : undefined);
  checkClashes(zone, fields, before);
  const record = {
    ...fields,
    id: before.id,
    createdOn: before.createdOn,
    modifiedOn: preciseTimestamp(cloud.clock.now()),
  };
  zone.records.set(record.id, record);
  edgeChanged(cloud);
  return ok(viewRecord(zone, record));
}

function findRecord(zone: Zone, request: ApiRequest): DnsRecord {
  const record = zone.records.get(request.parameters["record"] ?? "");
  if (!record) throw recordNotFound();
  return record;
}

type Fields = Omit<DnsRecord, "id" | "createdOn" | "modifiedOn">;

function readRecord(zone: Zone, body: RequestBody, rest: DnsRecord | undefined): Fields {
  const type = body.choice("type", types, rest?.type as (typeof types)[number] | undefined);
  const content = checkedContent(type, body.optionalText("content") ?? rest?.content ?? "");
  const proxied = body.flag("proxied", rest?.proxied ?? false);
  if (proxied && !proxiable.includes(type)) throw invalid("This record type cannot be proxied.", 9004);
  const ttl = body.optionalNumber("ttl") ?? rest?.ttl ?? 1;
  if (ttl !== 1 && (ttl < 60 || ttl > 86400))
    throw invalid("TTL must be between 60 and 86400 seconds, or 1 for Automatic.", 9021);
  return {
    type,
    content,
    proxied,
    name: fullName(zone, body.optionalText("name") ?? rest?.name ?? ""),
    ttl: proxied ? 1 : ttl,
    priority: body.optionalNumber("priority") ?? rest?.priority,
    comment: body.optionalText("comment") ?? rest?.comment ?? null,
    tags: body.has("tags") ? body.texts("tags") : (rest?.tags ?? []),
    settings: body.has("settings") ? body.object("settings").entries() : (rest?.settings ?? {}),
  };
}

function fullName(zone: Zone, name: string): string {
  const lower = name.toLowerCase().replace(/\.$/, "");
  if (lower === "") throw invalid("DNS name is required.", 9000);
  const full =
    lower === "@"
      ? zone.name
      : lower === zone.name || lower.endsWith(`.${zone.name}`)
        ? lower
        : `${lower}.${zone.name}`;
  if (full.length > 253 || !/^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]+$/.test(full)) {
    throw invalid("DNS name is invalid.", 9000);
  }
  return full;
}

function checkedContent(type: string, content: string): string {
  if (type === "A" && !isIPv4(content)) throw invalid("Content for A record must be a valid IPv4 address.", 9005);
  if (type === "AAAA" && !isIPv6(content)) throw invalid("Content for AAAA record must be a valid IPv6 address.", 9006);
  if (type === "CNAME" && !/^[a-z0-9_.-]+$/i.test(content)) throw invalid("Content for CNAME record is invalid.", 9007);
  if (content === "") throw invalid("DNS record content is required.", 9008);
  return type === "CNAME" ? content.toLowerCase() : content;
}

/** No record exists twice, and a name with a CNAME has no other CNAME and no addresses. */
function checkClashes(zone: Zone, fields: Fields, itself: DnsRecord | undefined): void {
  const others = [...zone.records.values()].filter(({ id, name }) => id !== itself?.id && name === fields.name);
  if (others.some(({ type, content }) => type === fields.type && content === fields.content)) {
    throw invalid("An identical record already exists.", 81058);
  }
  if (!proxiable.includes(fields.type)) return;
  const addresses = others.filter(({ type }) => proxiable.includes(type));
  if (addresses.some(({ type }) => type === "CNAME" || fields.type === "CNAME")) {
    throw invalid("An A, AAAA, or CNAME record with that host already exists.", 81057);
  }
}

function viewRecord(zone: Zone, record: DnsRecord): Record<string, unknown> {
  return {
    id: record.id,
    zone_id: zone.id,
    zone_name: zone.name,
    name: record.name,
    type: record.type,
    content: record.content,
    proxiable: proxiable.includes(record.type),
    proxied: record.proxied,
    ttl: record.ttl,
    ...(record.priority !== undefined && { priority: record.priority }),
    settings: record.settings,
    meta: {},
    comment: record.comment,
    tags: record.tags,
    created_on: record.createdOn,
    modified_on: record.modifiedOn,
  };
}
