import { addressPlan, macAddresses } from "../platform/address-plan";
import { addressInRange, netmaskOf } from "../platform/ipv4-range";
import type { Droplet } from "../platform/platform";

/** What the metadata service tells a droplet about itself. */
export interface MetadataSubject {
  readonly droplet: Omit<Droplet, "image" | "memoryMiB" | "vcpus">;
  /** The reserved IP that leads to the droplet at this moment; undefined if none does. */
  readonly reservedIp: string | undefined;
}

/** The document at /metadata/v1.json. https://docs.digitalocean.com/reference/api/metadata/ */
export function metadataDocument({ droplet, reservedIp }: MetadataSubject): object {
  const mac = macAddresses(droplet.publicAddress);
  const { public: publicNetwork, anchor, nameServer } = addressPlan;
  return {
    droplet_id: droplet.id,
    hostname: droplet.name,
    user_data: droplet.userData,
    vendor_data: "",
    public_keys: droplet.publicKeys,
    region: droplet.region,
    interfaces: {
      public: [
        {
          ipv4: {
            ip_address: droplet.publicAddress,
            netmask: publicNetwork.netmask,
            gateway: publicNetwork.gateway,
          },
          anchor_ipv4: { ip_address: droplet.anchorAddress, netmask: anchor.netmask, gateway: anchor.gateway },
          mac: mac.public,
          type: "public",
        },
      ],
      private: [
        {
          ipv4: {
            ip_address: droplet.privateAddress,
            netmask: netmaskOf(droplet.vpc.ipRange),
            gateway: addressInRange(droplet.vpc.ipRange, 1),
          },
          mac: mac.private,
          type: "private",
        },
      ],
    },
    floating_ip: { ipv4: reservedIpEntry(reservedIp) },
    reserved_ip: { ipv4: reservedIpEntry(reservedIp), ipv6: { active: false } },
    dns: { nameservers: [nameServer] },
    features: { dhcp_enabled: false },
    tags: droplet.tags,
  };
}

function reservedIpEntry(reservedIp: string | undefined): object {
  return reservedIp === undefined ? { active: false } : { active: true, ip_address: reservedIp };
}
