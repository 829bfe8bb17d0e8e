import { Fields } from "../plugin/fields";
import { directoryString, ia5String, objectId, sequence, set } from "./der";

/** Attributes of a subject in the order in which the real provider writes them, with their object identifiers. */
const parts: readonly (readonly [name: string, id: string])[] = [
  ["country", "2.5.4.6"],
  ["organization", "2.5.4.10"],
  ["organizational_unit", "2.5.4.11"],
  ["locality", "2.5.4.7"],
  ["province", "2.5.4.8"],
  ["street_address", "2.5.4.9"],
  ["postal_code", "2.5.4.17"],
  ["common_name", "2.5.4.3"],
  ["serial_number", "2.5.4.5"],
];

const emailAddressId = "1.2.840.113549.1.9.1";

/** A `subject` block as a distinguished name (RFC 5280 4.1.2.4); without a block an empty one. */
export function distinguishedName(subject: Fields | undefined): Buffer {
  const names = parts.flatMap(([name, id]) => {
    const texts = name === "street_address" ? (subject?.strings(name) ?? []) : [subject?.string(name) ?? ""];
    return texts.filter((text) => text !== "").map((text) => relativeName(id, directoryString(text)));
  });
  const email = subject?.string("email_address") ?? "";
  return sequence(...names, ...(email === "" ? [] : [relativeName(emailAddressId, ia5String(email))]));
}

function relativeName(id: string, value: Buffer): Buffer {
  return set(sequence(objectId(id), value));
}
