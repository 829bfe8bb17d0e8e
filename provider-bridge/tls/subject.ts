import { each, notEmpty } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import { listOf, optional, type Attributes, type NestedBlock } from "../plugin/schema";
import type { Values } from "../plugin/values";
import type { AlternativeNames } from "./extensions";

const text = optional("string", { forceNew: true });

/** The block `subject`. */
export const subjectBlock: NestedBlock = {
  nesting: "list",
  forceNew: true,
  block: {
    attributes: {
      organization: text,
      common_name: text,
      organizational_unit: text,
      street_address: optional(listOf("string"), { forceNew: true }),
      locality: text,
      province: text,
      country: text,
      postal_code: text,
      serial_number: text,
      email_address: text,
    },
  },
};

/** Names beside the subject that a certificate or request is for. */
export const nameAttributes: Attributes = {
  dns_names: optional(listOf("string"), { forceNew: true }),
  ip_addresses: optional(listOf("string"), { forceNew: true, check: each(notEmpty) }),
  uris: optional(listOf("string"), { forceNew: true, check: each(notEmpty) }),
};

export function namesOf(planned: Values): AlternativeNames {
  const fields = new Fields(planned);
  return {
    dnsNames: fields.strings("dns_names"),
    ipAddresses: fields.strings("ip_addresses"),
    uris: fields.strings("uris"),
  };
}

/** There may be one subject, but the schema of the real provider does not say so. */
export function checkOneSubject(config: Values): void {
  const { length } = new Fields(config).blocks("subject");
  if (length > 1)
    throw new Error(`subject: list must contain at least 0 elements and at most 1 elements, got: ${length}`);
}
