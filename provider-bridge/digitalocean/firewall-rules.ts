import { each, notZero, oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import { optional, required, setOf, type NestedBlock } from "../plugin/schema";
import { isList, type Value, type Values } from "../plugin/values";
import { setValue, tags } from "./tag-set";

/** `source` in inbound rules, `destination` in outbound ones. */
type Peer = "source" | "destination";

/** Kinds of peers: the end of the attribute's name and the API's name. */
const kinds = {
  addresses: "addresses",
  droplet_ids: "droplet_ids",
  load_balancer_uids: "load_balancer_uids",
  kubernetes_ids: "kubernetes_ids",
  tags: "tags",
} as const;

type Peers = { readonly [kind in keyof typeof kinds]?: readonly (string | number)[] | null };

/** A rule as the API writes it. */
export interface FirewallRuleBody {
  readonly protocol: string;
  readonly ports?: string;
  readonly sources?: Peers;
  readonly destinations?: Peers;
}

/** The block `inbound_rule` or `outbound_rule`. */
export function ruleBlock(peer: Peer): NestedBlock {
  const names = setOf("string");
  return {
    nesting: "set",
    block: {
      attributes: {
        protocol: required("string", { check: oneOf("tcp", "udp", "icmp") }),
        port_range: optional("string", { check: notZero }),
        [`${peer}_addresses`]: optional(names, { check: each(notZero) }),
        [`${peer}_droplet_ids`]: optional(setOf("number")),
        [`${peer}_load_balancer_uids`]: optional(names, { check: each(notZero) }),
        [`${peer}_kubernetes_ids`]: optional(names, { check: each(notZero) }),
        [`${peer}_tags`]: tags(),
      },
    },
  };
}

/** Rules for a request; kinds of peers that are not used are left out. */
export function renderRules(peer: Peer, rules: readonly Fields[]): FirewallRuleBody[] {
  return rules.map((rule) => {
    const peers = Object.keys(kinds).flatMap((kind) => {
      const listed = rule.values[`${peer}_${kind}`];
      return isList(listed) && listed.length > 0 ? [[kind, listed]] : [];
    });
    return {
      protocol: rule.string("protocol"),
      ports: rule.string("port_range") || undefined,
      [`${peer}s`]: Object.fromEntries(peers),
    };
  });
}

/** State of rules that the API answered. */
export function parseRules(peer: Peer, rules: readonly FirewallRuleBody[] | null | undefined): Value {
  return (rules ?? []).map((rule): Values => {
    const peers = peer === "source" ? rule.sources : rule.destinations;
    if (!peers) {
      throw new Error(`${peer}s: missing in a firewall rule of the API's answer; the real provider crashes on it`);
    }
    const sets = (Object.keys(kinds) as (keyof Peers)[]).map((kind) => [`${peer}_${kind}`, setValue(peers[kind])]);
    return { protocol: rule.protocol, port_range: portRange(rule), ...Object.fromEntries(sets) };
  });
}

/** The API writes "0" for every port, and also for icmp, which has none. */
function portRange({ protocol, ports }: FirewallRuleBody): Value {
  if (ports === "0") return protocol === "icmp" ? "" : "all";
  return ports ?? "";
}
