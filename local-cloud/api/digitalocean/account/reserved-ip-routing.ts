import type { Cloud } from "./cloud";
import type { ReservedIpRecord } from "./store";

/**
 * Routes a reserved IP to a droplet, or to nowhere, and then shows it so: in the API at once, in the metadata after
 * its lag. Rejects, with everything as it was, when the droplet is gone or the platform refuses.
 */
export function routeReservedIp(
  cloud: Cloud,
  reserved: ReservedIpRecord,
  dropletId: number | undefined,
): Promise<void> {
  return inTurn(cloud, reserved, async () => {
    if (dropletId !== undefined && !cloud.store.droplets.has(dropletId))
      throw new Error(`droplet ${dropletId} is gone`);
    await cloud.platform.network.routeReservedIp(reserved.address, dropletId);
    reserved.dropletId = dropletId;
    void updateMetadata(cloud, reserved, dropletId);
  });
}

/** Takes all reserved IPs away from a droplet that no longer exists. */
export async function releaseReservedIps(cloud: Cloud, dropletId: number): Promise<void> {
  for (const reserved of cloud.store.reservedIps.values()) {
    if (reserved.activeDropletId === dropletId) reserved.activeDropletId = undefined;
    await inTurn(cloud, reserved, async () => {
      if (reserved.dropletId !== dropletId) return;
      reserved.dropletId = undefined;
      await cloud.platform.network.routeReservedIp(reserved.address, undefined);
    }).catch((error: unknown) =>
      cloud.log.error({ err: error, address: reserved.address }, "the platform could not release a reserved IP"),
    );
  }
}

function inTurn(cloud: Cloud, reserved: ReservedIpRecord, work: () => Promise<void>): Promise<void> {
  return cloud.turns.run(`reserved IP ${reserved.address}`, work);
}

async function updateMetadata(cloud: Cloud, reserved: ReservedIpRecord, dropletId: number | undefined): Promise<void> {
  if (cloud.latencies.metadataLag > 0) await cloud.clock.sleep(cloud.latencies.metadataLag);
  // A later move has its own update on the way.
  if (reserved.dropletId === dropletId) reserved.activeDropletId = dropletId;
}
