import { between, oneOf } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import { optional, type NestedBlock } from "../plugin/schema";

/** The block `backup_policy` of a droplet. */
export const backupPolicyBlock: NestedBlock = {
  nesting: "list",
  maxItems: 1,
  block: {
    attributes: {
      plan: optional("string", { check: oneOf("daily", "weekly") }),
      weekday: optional("string", { check: oneOf("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT") }),
      hour: optional("number", { check: between(0, 20) }),
    },
  },
};

/** The policy for a request, undefined if there is none; throws if backups are off. */
export function backupPolicyBody(droplet: Fields): object | undefined {
  const [policy] = droplet.blocks("backup_policy");
  if (!policy) return undefined;
  if (!droplet.bool("backups")) throw new Error("backup_policy can only be set when backups are enabled");
  return {
    plan: policy.string("plan") || undefined,
    weekday: policy.string("weekday") || undefined,
    hour: policy.values.hour ?? undefined,
  };
}
