import { notZero } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import type { PlanChange, ResourceType } from "../plugin/provider";
import { computed, listOf, objectOf, optional, required, sdkId, setOf } from "../plugin/schema";
import { isList, isObject, isUnknown, type Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { parseRules, renderRules, ruleBlock, type FirewallRuleBody } from "./firewall-rules";
import { setValue, tags } from "./tag-set";

interface PendingChange {
  readonly droplet_id: number;
  readonly removing: boolean;
  readonly status: string;
}

interface FirewallAnswer {
  readonly firewall: {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly created_at: string;
    readonly pending_changes?: readonly PendingChange[] | null;
    readonly inbound_rules?: readonly FirewallRuleBody[] | null;
    readonly outbound_rules?: readonly FirewallRuleBody[] | null;
    readonly droplet_ids?: readonly number[] | null;
    readonly tags?: readonly string[] | null;
  };
}

/** `digitalocean_firewall` */
export const firewall: ResourceType<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    name: required("string", { check: notZero }),
    droplet_ids: optional(setOf("number")),
    tags: tags(),
    status: computed("string"),
    created_at: computed("string"),
    pending_changes: computed(listOf(objectOf({ droplet_id: "number", removing: "bool", status: "string" }))),
  },
  blocks: { inbound_rule: ruleBlock("source"), outbound_rule: ruleBlock("destination") },

  adjustPlan(change) {
    checkRules(change);
    return change.planned;
  },

  async create({ client, planned, created }) {
    const answer = await saying(
      "Error creating firewall:",
      client.post<FirewallAnswer>("/v2/firewalls", firewallBody(planned)),
    );
    created({ id: answer.firewall.id });
    return readFirewall(client, answer.firewall.id);
  },

  read: (state, { client }) => readFirewall(client, String(state.id)),

  async update({ client, planned }) {
    await saying("Error updating firewall:", client.put(`/v2/firewalls/${planned.id}`, firewallBody(planned)));
    return readFirewall(client, String(planned.id));
  },

  delete: (state, { client }) => saying("Error deleting firewall:", client.delete(`/v2/firewalls/${state.id}`)),

  import: (id) => ({ id }),
};

function firewallBody(planned: Values): object {
  const fields = new Fields(planned);
  const dropletIds = fields.numbers("droplet_ids");
  return {
    name: fields.string("name"),
    inbound_rules: renderRules("source", fields.blocks("inbound_rule")),
    outbound_rules: renderRules("destination", fields.blocks("outbound_rule")),
    droplet_ids: dropletIds.length > 0 ? dropletIds : null,
    tags: fields.strings("tags"),
  };
}

async function readFirewall(client: DigitalOceanClient, id: string): Promise<Values | undefined> {
  const answer = await saying("Error retrieving firewall:", client.tryGet<FirewallAnswer>(`/v2/firewalls/${id}`));
  if (!answer) return undefined;
  const { name, status, created_at, pending_changes, droplet_ids, inbound_rules, outbound_rules } = answer.firewall;
  return {
    id,
    name,
    status,
    created_at,
    pending_changes: (pending_changes ?? []).map(({ droplet_id, removing, status }) => ({
      droplet_id,
      removing,
      status,
    })),
    droplet_ids: setValue(droplet_ids),
    tags: setValue(answer.firewall.tags),
    inbound_rule: parseRules("source", inbound_rules),
    outbound_rule: parseRules("destination", outbound_rules),
  };
}

/** What the real provider refuses when it plans: no rule at all, and tcp or udp without ports. */
function checkRules({ planned }: PlanChange): void {
  const { inbound_rule, outbound_rule } = planned;
  if ([inbound_rule, outbound_rule].every((rules) => isList(rules) && rules.length === 0)) {
    throw new Error("At least one rule must be specified");
  }
  for (const [direction, rules] of Object.entries({ inbound: inbound_rule, outbound: outbound_rule })) {
    for (const rule of isList(rules) ? rules : []) {
      if (!isObject(rule) || isUnknown(rule.protocol) || isUnknown(rule.port_range)) continue;
      if (rule.protocol !== "icmp" && !rule.port_range) {
        throw new Error(`\`port_range\` of ${direction} rules is required if protocol is \`tcp\` or \`udp\``);
      }
    }
  }
}
