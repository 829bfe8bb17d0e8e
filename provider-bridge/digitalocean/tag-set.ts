import { matching } from "../plugin/checks";
import { optional, setOf, type Attribute, type Check } from "../plugin/schema";
import type { Value } from "../plugin/values";
import type { DigitalOceanClient } from "./client";

/** A tag's name (https://docs.digitalocean.com/reference/api/digitalocean/#tag/Tags). */
export const tagName: Check = (value, where) =>
  matching(
    /^[a-zA-Z0-9:\-_]{1,255}$/,
    "may contain letters, numbers, colons, dashes, and underscores; there is a limit of 255 characters per tag",
  )(value, where);

/** The attribute `tags`; upper and lower case make no difference. */
export function tags(options: { readonly forceNew?: boolean } = {}): Attribute {
  return optional(setOf("string"), { ...options, same: sameIgnoringCase, check: eachTagName });
}

/** The state of a set attribute read from a list: an empty set when there is none. */
export function setValue(list: readonly (string | number)[] | null | undefined): Value {
  return list ?? [];
}

/** Removes and adds the tags of one resource; a tag that does not exist yet is made first. */
export async function changeTags(
  client: DigitalOceanClient,
  resource: { readonly id: string; readonly type: "droplet" | "database" },
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  const body = { resources: [{ resource_id: resource.id, resource_type: resource.type }] };
  for (const tag of before) {
    if (!after.includes(tag)) await client.delete(`/v2/tags/${tag}/resources`, body);
  }
  for (const tag of after) {
    if (before.includes(tag)) continue;
    await client.post("/v2/tags", { name: tag });
    await client.post(`/v2/tags/${tag}/resources`, body);
  }
}

const eachTagName: Check = (value, where) =>
  (value as readonly Value[])
    .filter((tag) => typeof tag === "string")
    .map((tag) => tagName(tag, where))
    .find((problem) => problem !== undefined);

function sameIgnoringCase(stored: Value, configured: Value): boolean {
  const lower = (tags: Value) =>
    JSON.stringify([...new Set((tags as string[]).map((tag) => tag.toLowerCase()))].sort());
  return lower(stored) === lower(configured);
}
