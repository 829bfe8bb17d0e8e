import { type Checks, checkGroup } from "../cloud-init/check-group";
import type { Problem } from "../cloud-init/problems";
import { checkEach } from "../cloud-init/value-checks";
import { checkNetwork } from "./settings-checks";

/** Maintenance: visitors get a page (503) in the place of the site. */
export interface MaintenanceSettings {
  /** Networks whose visitors see the site, `203.0.113.7/32`, as Cloudflare names them; at most 20. @default none */
  readonly allow?: readonly string[];
}

/** Each is a tag of the droplets. */
const maximumNetworks = 20;

const maintenanceChecks: Checks<MaintenanceSettings> = {
  allow: (path, allow) =>
    Array.isArray(allow) && allow.length > maximumNetworks
      ? [{ path, message: `must hold at most ${maximumNetworks} networks, got ${allow.length}` }]
      : checkEach(path, allow, checkNetwork),
};

/** Problems of the maintenance; `false` is none. */
export function checkMaintenance(path: string, maintenance: MaintenanceSettings | false): Problem[] {
  return maintenance === false ? [] : checkGroup(path, maintenance, maintenanceChecks);
}

/** What the load balancers' tags begin with during maintenance; they ask for their own (discover-nodes). */
export const maintenanceTag = "maintenance";

/** The tags by which load balancers know; DigitalOcean takes letters, digits, ":", "-" and "_". */
export function maintenanceTags(maintenance: MaintenanceSettings | false = false): string[] {
  if (maintenance === false) return [];
  const networks = (maintenance.allow ?? []).map((network) => network.toLowerCase());
  const encoded = networks.map((network) => network.replaceAll(".", "-").replace("/", "_"));
  return [maintenanceTag, ...encoded.map((network) => `${maintenanceTag}:${network}`)];
}
