import { addressPlan, macAddresses } from "../platform/address-plan";
import { netmaskOf } from "../platform/ipv4-range";
import type { Droplet } from "../platform/platform";

/** Where cloud-init looks for a configuration drive that is a directory. */
export const CONFIG_DRIVE_SEED = "var/lib/cloud/seed/config_drive/openstack";

/**
 * The files of a droplet's configuration drive, by name: OpenStack's layout of version 2018-08-27, as DigitalOcean's
 * images read it. `seed` of the machine's file system has them in that directory, and as `latest`.
 */
export function configDriveFiles(droplet: Droplet, machineId: string): Readonly<Record<string, string>> {
  const keys = droplet.publicKeys.map((key, index) => [String(index), key]);
  return {
    "meta_data.json": JSON.stringify({
      uuid: machineId,
      name: droplet.name,
      hostname: droplet.name,
      public_keys: Object.fromEntries(keys),
    }),
    "network_data.json": JSON.stringify(networkData(droplet)),
    // cloud-init complains of user data that is there and empty.
    ...(droplet.userData === "" ? {} : { user_data: droplet.userData }),
  };
}

function networkData(droplet: Droplet): object {
  const { public: publicNetwork, anchor, nameServer } = addressPlan;
  const mac = macAddresses(droplet.publicAddress);
  const ipv4 = (id: string, link: string, address: string, netmask: string) => ({
    id,
    type: "ipv4",
    link,
    ip_address: address,
    netmask,
  });
  return {
    links: [
      { id: "interface0", type: "phy", ethernet_mac_address: mac.public, mtu: 1500 },
      { id: "interface1", type: "phy", ethernet_mac_address: mac.private, mtu: 1500 },
    ],
    networks: [
      {
        ...ipv4("network0", "interface0", droplet.publicAddress, publicNetwork.netmask),
        routes: [{ network: "0.0.0.0", netmask: "0.0.0.0", gateway: publicNetwork.gateway }],
      },
      ipv4("network1", "interface0", droplet.anchorAddress, anchor.netmask),
      ipv4("network2", "interface1", droplet.privateAddress, netmaskOf(droplet.vpc.ipRange)),
    ],
    services: [{ type: "dns", address: nameServer }],
  };
}
