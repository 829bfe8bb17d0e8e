import type { Store } from "./store";

/** Counts of what exists in the account, by kind. Default VPCs do not count: nobody made them and nobody can delete them. */
export function takeInventory(store: Store): Record<string, number> {
  return {
    droplets: store.droplets.size,
    tags: store.tags.size,
    firewalls: store.firewalls.size,
    reservedIps: store.reservedIps.size,
    vpcs: [...store.vpcs.values()].filter(({ isDefault }) => !isDefault).length,
    sshKeys: store.sshKeys.size,
    databaseClusters: store.clusters.size,
    databaseReplicas: store.replicas().length,
    alertPolicies: store.alertPolicies.size,
    uptimeChecks: store.uptimeChecks.size,
  };
}
