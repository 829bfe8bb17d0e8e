import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import type { ZoneDeclaration } from "../control/control-api";

interface TerraformJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** The Terraform JSON of every stack below the `cdktf` output directory. */
export function readSynthesizedStacks(outputDirectory: string): Readonly<Record<string, TerraformJson>> {
  const stacks = path.join(outputDirectory, "stacks");
  return Object.fromEntries(
    readdirSync(stacks).map((name) => [
      name,
      JSON.parse(readFileSync(path.join(stacks, name, "cdk.tf.json"), "utf8")) as TerraformJson,
    ]),
  );
}

/**
 * Zones are made by people, not by stacks: the local account gets those that the stack names. A zone's name is taken
 * from its DNS records: the longest domain that all of them share, of at least two labels.
 */
export function expectedZones(stack: TerraformJson): ZoneDeclaration[] {
  const namesByZone = new Map<string, string[]>();
  for (const [type, instances] of Object.entries(stack.resource ?? {}))
    for (const attributes of Object.values(instances)) {
      if (!type.startsWith("cloudflare_") || typeof attributes.zone_id !== "string") continue;
      const names = namesByZone.get(attributes.zone_id) ?? [];
      if (type === "cloudflare_dns_record" && typeof attributes.name === "string") names.push(attributes.name);
      namesByZone.set(attributes.zone_id, names);
    }
  return [...namesByZone].map(([id, names]) => ({ id, name: zoneName(names) ?? `${id.slice(0, 8)}.example` }));
}

/** Addresses that the stack's alerts go to. One that Terraform learns at the vendor is the account's own. */
export function expectedEmails(stack: TerraformJson): string[] {
  const alerts = ["digitalocean_monitor_alert", "digitalocean_uptime_alert"].flatMap((type) =>
    Object.values(stack.resource?.[type] ?? {}),
  );
  const receivers = alerts.flatMap((alert) => [alert.alerts, alert.notifications].flat());
  return receivers
    .flatMap((receiver) => (receiver as { readonly email?: readonly string[] } | undefined)?.email ?? [])
    .filter((email) => !email.includes("${"));
}

function zoneName(recordNames: readonly string[]): string | undefined {
  const [first, ...rest] = recordNames.map((name) => name.toLowerCase().split(".").reverse());
  if (first === undefined) return undefined;
  let shared = first.findIndex((label, i) => rest.some((other) => other[i] !== label));
  if (shared === -1) shared = first.length;
  // A record "www.example.com" alone says nothing about where its zone ends: two labels is what most zones have.
  const length = rest.length === 0 ? 2 : Math.max(2, shared);
  return first.slice(0, length).reverse().join(".");
}
