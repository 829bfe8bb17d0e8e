import { isIP } from "node:net";
import type { Values } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { setValue } from "./tag-set";

interface NetworkAddress {
  readonly ip_address: string;
  readonly type: string;
}

/** The fields of a droplet that the provider reads. */
export interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly locked: boolean;
  readonly memory: number;
  readonly vcpus: number;
  readonly disk: number;
  readonly created_at: string;
  readonly features?: readonly string[] | null;
  readonly region?: { readonly slug: string };
  readonly size?: { readonly slug: string; readonly price_hourly: number; readonly price_monthly: number };
  readonly networks?: { readonly v4?: readonly NetworkAddress[]; readonly v6?: readonly NetworkAddress[] };
  readonly image?: { readonly id: number; readonly slug?: string | null };
  readonly tags?: readonly string[] | null;
  readonly volume_ids?: readonly string[] | null;
  readonly vpc_uuid?: string;
}

/** Reads a droplet; errors start with `Error retrieving droplet:`. */
export async function getDroplet(client: DigitalOceanClient, id: string): Promise<Droplet> {
  const path = `/v2/droplets/${id}`;
  const answer = await saying("Error retrieving droplet:", client.get<{ droplet: Droplet }>(path));
  return answer.droplet;
}

/** The state of a droplet. Its image is not read back: a slug may move to a newer image at any time. */
export function dropletState(droplet: Droplet): Values {
  const { region, size, networks, features } = droplet;
  if (!region || !size || !networks) {
    const missing = Object.entries({ region, size, networks }).find(([, value]) => !value)?.[0];
    throw new Error(`droplet.${missing}: missing in the API's answer; the real provider crashes on it`);
  }
  return {
    id: String(droplet.id),
    name: droplet.name,
    urn: `do:droplet:${droplet.id}`,
    region: region.slug,
    size: size.slug,
    price_hourly: size.price_hourly,
    price_monthly: size.price_monthly,
    disk: droplet.disk,
    vcpus: droplet.vcpus,
    memory: droplet.memory,
    status: droplet.status,
    locked: droplet.locked,
    created_at: droplet.created_at,
    vpc_uuid: droplet.vpc_uuid ?? "",
    ipv4_address: addressOf(networks.v4, "public"),
    ipv4_address_private: addressOf(networks.v4, "private"),
    ipv6_address: addressOf(networks.v6, "public").toLowerCase(),
    volume_ids: droplet.volume_ids ?? [],
    tags: setValue(droplet.tags),
    ...(features && {
      backups: features.includes("backups"),
      ipv6: features.includes("ipv6"),
      private_networking: features.includes("private_networking"),
      monitoring: features.includes("monitoring"),
    }),
  };
}

function addressOf(addresses: readonly NetworkAddress[] | undefined, type: string): string {
  return addresses?.find((address) => address.type === type && isIP(address.ip_address) !== 0)?.ip_address ?? "";
}
