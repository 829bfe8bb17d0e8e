import { randomUUID } from "node:crypto";
import { isAddressOrCidr } from "../../../platform/ipv4-range";
import { timestamp } from "../../clock";
import type { RequestBody } from "../../request-body";
import { membershipChanged, type Cloud } from "../account/cloud";
import { badRequest, conflict, notFound, type ApiError } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import { hasTag, type FirewallPeers, type FirewallRecord, type FirewallRuleRecord } from "../account/store";
import { findDroplet } from "./droplets";
import { checkTagsExist } from "./tags";

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9.-]*$/;
/** From docs.digitalocean.com/products/networking/firewalls/details/limits. */
const limits = { rules: 50, dropletIds: 10, tags: 5, peers: 1000 };

/** Tags, here and in the rules, must exist. */
export const createFirewall: Handler = (cloud, request) => {
  const fields = readFirewall(cloud, request.body, undefined);
  const firewall: FirewallRecord = {
    ...fields,
    id: randomUUID(),
    createdAt: timestamp(cloud.clock.now()),
    status: "waiting",
  };
  cloud.store.firewalls.set(firewall.id, firewall);
  membershipChanged(cloud);
  return { status: 202, body: { firewall: viewFirewall(firewall) } };
};

/** `GET /v2/firewalls/:firewall`. */
export const getFirewall: Handler = (cloud, request) => ok({ firewall: viewFirewall(findFirewall(cloud, request)) });

/** `GET /v2/firewalls`. */
export const listFirewalls: Handler = (cloud, request) =>
  ok(paginate("firewalls", [...cloud.store.firewalls.values()], request, viewFirewall));

/** Replaces the whole firewall. */
export const updateFirewall: Handler = (cloud, request) => {
  const firewall = findFirewall(cloud, request);
  change(cloud, firewall, readFirewall(cloud, request.body, firewall));
  return ok({ firewall: viewFirewall(firewall) });
};

/** `DELETE /v2/firewalls/:firewall`. */
export const deleteFirewall: Handler = (cloud, request) => {
  cloud.store.firewalls.delete(findFirewall(cloud, request).id);
  membershipChanged(cloud);
  return noContent;
};

/** `POST /v2/firewalls/:firewall/droplets`. */
export const addFirewallDroplets: Handler = (cloud, request) => {
  const firewall = findFirewall(cloud, request);
  const added = request.body.numbers("droplet_ids");
  checkDropletsExist(cloud, added, notFound);
  change(cloud, firewall, { dropletIds: [...new Set([...firewall.dropletIds, ...added])] });
  return noContent;
};

/** `DELETE /v2/firewalls/:firewall/droplets`. */
export const removeFirewallDroplets: Handler = (cloud, request) => {
  const firewall = findFirewall(cloud, request);
  const removed = request.body.numbers("droplet_ids");
  change(cloud, firewall, { dropletIds: firewall.dropletIds.filter((id) => !removed.includes(id)) });
  return noContent;
};

/** `POST /v2/firewalls/:firewall/tags`. */
export const addFirewallTags: Handler = (cloud, request) => {
  const firewall = findFirewall(cloud, request);
  const added = request.body.texts("tags");
  checkTagsExist(cloud, added, notFound);
  change(cloud, firewall, { tags: [...new Set([...firewall.tags, ...added])] });
  return noContent;
};

/** `DELETE /v2/firewalls/:firewall/tags`. */
export const removeFirewallTags: Handler = (cloud, request) => {
  const firewall = findFirewall(cloud, request);
  const removed = request.body.texts("tags");
  change(cloud, firewall, { tags: firewall.tags.filter((tag) => !hasTag(removed, tag)) });
  return noContent;
};

/** `POST /v2/firewalls/:firewall/rules`. */
export const addFirewallRules: Handler = (cloud, request) => {
  const firewall = findFirewall(cloud, request);
  const { inbound, outbound } = readRules(cloud, request.body, notFound);
  change(cloud, firewall, {
    inbound: [...firewall.inbound, ...inbound],
    outbound: [...firewall.outbound, ...outbound],
  });
  return noContent;
};

/** `DELETE /v2/firewalls/:firewall/rules`. */
export const removeFirewallRules: Handler = (cloud, request) => {
  const firewall = findFirewall(cloud, request);
  const { inbound, outbound } = readRules(cloud, request.body, notFound);
  change(cloud, firewall, {
    inbound: except(firewall.inbound, inbound),
    outbound: except(firewall.outbound, outbound),
  });
  return noContent;
};

/** The firewalls that are attached to a droplet, by id or tag. */
export const listDropletFirewalls: Handler = (cloud, request) => {
  const droplet = findDroplet(cloud, request);
  const attached = [...cloud.store.firewalls.values()].filter(
    ({ dropletIds, tags }) => dropletIds.includes(droplet.id) || tags.some((tag) => hasTag(droplet.tags, tag)),
  );
  return ok(paginate("firewalls", attached, request, viewFirewall));
};

/** For a droplet or tag that is not there: 404 where a firewall is changed, 400 for a new one, as DigitalOcean describes. */
type Refusal = (message: string) => ApiError;

type Fields = Pick<FirewallRecord, "name" | "inbound" | "outbound" | "dropletIds" | "tags">;

function change(cloud: Cloud, firewall: FirewallRecord, fields: Partial<Fields>): void {
  Object.assign(firewall, fields, { status: "waiting" });
  membershipChanged(cloud);
}

function findFirewall(cloud: Cloud, request: ApiRequest): FirewallRecord {
  const firewall = cloud.store.firewalls.get(request.parameters["firewall"] ?? "");
  if (!firewall) throw notFound();
  return firewall;
}

function readFirewall(cloud: Cloud, body: RequestBody, itself: FirewallRecord | undefined): Fields {
  const name = body.text("name");
  if (!namePattern.test(name))
    throw badRequest("name must start with a letter or digit and hold only those, dots and dashes");
  if ([...cloud.store.firewalls.values()].some((other) => other.name === name && other !== itself)) {
    throw conflict("duplicate name");
  }
  const missing = itself ? notFound : badRequest;
  const { inbound, outbound } = readRules(cloud, body, missing);
  if (inbound.length + outbound.length === 0) throw badRequest("must have at least one rule");
  const tags = body.texts("tags");
  const dropletIds = body.numbers("droplet_ids");
  checkTagsExist(cloud, tags, missing);
  checkDropletsExist(cloud, dropletIds, missing);
  if (tags.length > limits.tags) throw badRequest(`a firewall may have at most ${limits.tags} tags`);
  if (dropletIds.length > limits.dropletIds)
    throw badRequest(`a firewall may have at most ${limits.dropletIds} droplets`);
  return { name, inbound, outbound, tags, dropletIds };
}

function readRules(
  cloud: Cloud,
  body: RequestBody,
  missing: Refusal,
): { inbound: FirewallRuleRecord[]; outbound: FirewallRuleRecord[] } {
  const inbound = body.objects("inbound_rules").map((rule) => readRule(cloud, rule, "sources", missing));
  const outbound = body.objects("outbound_rules").map((rule) => readRule(cloud, rule, "destinations", missing));
  if (inbound.length + outbound.length > limits.rules)
    throw badRequest(`a firewall may have at most ${limits.rules} rules`);
  return { inbound, outbound };
}

function readRule(
  cloud: Cloud,
  rule: RequestBody,
  side: "sources" | "destinations",
  missing: Refusal,
): FirewallRuleRecord {
  const protocol = rule.choice("protocol", ["tcp", "udp", "icmp"]);
  return { protocol, ports: readPorts(protocol, rule), peers: readPeers(cloud, rule.object(side), side, missing) };
}

/** Every port is `"0"` in answers, whether it was asked for as that or as `"all"`; icmp has no others. */
function readPorts(protocol: string, rule: RequestBody): string {
  const ports = rule.optionalText("ports");
  if (protocol === "icmp") return "0";
  if (ports === undefined) throw badRequest(`ports is required for protocol ${protocol}`);
  if (ports === "all" || ports === "0") return "0";
  const [first = "", last = first, ...rest] = ports.split("-");
  const valid = rest.length === 0 && isPort(first) && isPort(last) && Number(first) <= Number(last);
  if (!valid) throw badRequest(`ports ${ports}: must be a port, a range such as 8000-9000, or all`);
  return ports;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function readPeers(cloud: Cloud, peers: RequestBody, side: string, missing: Refusal): FirewallPeers {
  const unsupported = ["load_balancer_uids", "kubernetes_ids"].filter((name) => peers.list(name).length > 0);
  if (unsupported.length > 0) throw badRequest(`${side}.${unsupported.join(", ")}: no such resource exists here`);
  const addresses = peers.texts("addresses");
  const droplets = peers.numbers("droplet_ids");
  const tags = peers.texts("tags");
  const wrong = addresses.filter((address) => !isAddressOrCidr(address));
  if (wrong.length > 0) throw badRequest(`${side}.addresses: ${wrong.join(", ")} is not an IP address or CIDR`);
  checkTagsExist(cloud, tags, missing);
  checkDropletsExist(cloud, droplets, missing);
  const count = addresses.length + droplets.length + tags.length;
  if (count === 0 || count > limits.peers)
    throw badRequest(`${side} must name 1 to ${limits.peers} peers, got ${count}`);
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(droplets.length > 0 && { droplet_ids: droplets }),
    ...(tags.length > 0 && { tags }),
  };
}

function checkDropletsExist(cloud: Cloud, ids: readonly number[], refusal: Refusal): void {
  const missing = ids.filter((id) => !cloud.store.droplets.has(id));
  if (missing.length > 0) throw refusal(`droplets must exist: ${missing.join(", ")} not found`);
}

function except(rules: readonly FirewallRuleRecord[], removed: readonly FirewallRuleRecord[]): FirewallRuleRecord[] {
  const gone = new Set(removed.map((rule) => JSON.stringify(rule)));
  return rules.filter((rule) => !gone.has(JSON.stringify(rule)));
}

function viewFirewall(firewall: FirewallRecord): Record<string, unknown> {
  return {
    id: firewall.id,
    name: firewall.name,
    status: firewall.status,
    created_at: firewall.createdAt,
    droplet_ids: firewall.dropletIds,
    tags: firewall.tags,
    pending_changes: [],
    inbound_rules: firewall.inbound.map(({ protocol, ports, peers }) => ({ protocol, ports, sources: peers })),
    outbound_rules: firewall.outbound.map(({ protocol, ports, peers }) => ({ protocol, ports, destinations: peers })),
  };
}
