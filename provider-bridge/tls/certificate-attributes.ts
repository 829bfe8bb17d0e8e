import { atLeast, each, oneOf } from "../plugin/checks";
import { computed, listOf, optional, required, type Attributes } from "../plugin/schema";
import { extendedKeyUsageIds, keyUsageBits } from "./key-usages";

const uses = [...Object.keys(keyUsageBits), ...Object.keys(extendedKeyUsageIds)].sort();
/** A switch that is off by default and cannot be changed later. */
export const offForGood = optional("bool", { computed: true, default: false, forceNew: true });
const kept = computed("string", { keep: true });

/** What self-signed and locally signed certificates have in common. */
export const certificateAttributes: Attributes = {
  validity_period_hours: required("number", { forceNew: true, check: atLeast(0) }),
  allowed_uses: required(listOf("string"), { forceNew: true, check: each(oneOf(...uses)) }),
  early_renewal_hours: optional("number", { computed: true, default: 0, check: atLeast(0) }),
  is_ca_certificate: offForGood,
  set_subject_key_id: offForGood,
  cert_pem: kept,
  ready_for_renewal: computed("bool", { default: false }),
  validity_start_time: kept,
  validity_end_time: kept,
  id: kept,
};
