import type { Call } from "../plugin/provider";
import type { Attributes } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { stateAfterRead } from "./answer-state";
import { CloudflareError, type CloudflareClient } from "./client";

/** Reads an object at refresh; one that is gone is forgotten with a warning. */
export async function readObject(
  attributes: Attributes,
  path: string,
  state: Values,
  { client, warn }: Call<CloudflareClient>,
): Promise<Values | undefined> {
  try {
    return stateAfterRead(attributes, state, await client.call("GET", path));
  } catch (error) {
    if (!(error instanceof CloudflareError) || error.status !== 404) throw error;
    warn("Resource not found", "The resource was not found on the server and will be removed from state.");
    return undefined;
  }
}

/** The parts of an import id such as `<zone_id>/<dns_record_id>`; throws when their number is another one. */
export function parseImportId(id: string, form: string): readonly string[] {
  const parts = id.split("/");
  if (parts.length === form.split("/").length && parts.every((part) => part !== "")) return parts;
  throw new Error(`invalid ID, got "${id}", allowed "${form}"`);
}

/** An id that must be there before it can be part of a path. */
export function idOf(state: Values, name: string, parameter: string): string {
  const id = state[name];
  if (typeof id === "string" && id !== "") return id;
  throw new CloudflareError(`missing required ${parameter} parameter`, 0);
}
