import { stripVTControlCharacters } from "node:util";

/** What a line of `cdktf deploy` or `cdktf destroy` output tells about one resource. */
export interface TerraformEvent {
  /** Address as Terraform writes it, `digitalocean_droplet.web-tier_1`. */
  readonly resource: string;
  readonly change: "created" | "changed" | "destroyed";
}

const COMPLETED =
  /([a-z0-9_]+\.[\w-]+)(?: \(deposed object [0-9a-f]+\))?: (Creation|Modifications|Destruction) complete/;
const CHANGES = { Creation: "created", Modifications: "changed", Destruction: "destroyed" } as const;

/** The event in a line of output, or undefined when the line tells of something else. */
export function parseTerraformEvent(line: string): TerraformEvent | undefined {
  const match = COMPLETED.exec(stripVTControlCharacters(line));
  if (match === null) return undefined;
  return { resource: match[1]!, change: CHANGES[match[2] as keyof typeof CHANGES] };
}

/** The part of the output that tells why it failed: from the first "Error:" on, without colours. */
export function failureText(output: string): string {
  const text = stripVTControlCharacters(output);
  const start = text.search(/^.*Error: /m);
  return start === -1 ? text.split("\n").slice(-30).join("\n") : text.slice(start);
}
