import { getAction, listActions } from "./handlers/actions";
import { getAccount, getImage, listImages, listRegions, listSizes } from "./handlers/catalogue";
import { getAutoscale, setAutoscale } from "./handlers/database-autoscale";
import { listBackups } from "./handlers/database-backups";
import {
  createDatabase,
  createDatabaseUser,
  deleteDatabase,
  deleteDatabaseUser,
  getDatabase,
  getDatabaseUser,
  listDatabases,
  listDatabaseUsers,
  resetDatabaseUser,
} from "./handlers/database-contents";
import { getDatabaseFirewall, setDatabaseFirewall } from "./handlers/database-firewall";
import { getMetricsCredentials, setMetricsCredentials } from "./handlers/database-metrics";
import { createPool, deletePool, getPool, listPools, updatePool } from "./handlers/database-pools";
import { createReplica, deleteReplica, getReplica, listReplicas, promoteReplica } from "./handlers/database-replicas";
import {
  createCluster,
  deleteCluster,
  getCluster,
  getDatabaseAuthority,
  getDatabaseOptions,
  getPostgresqlConfig,
  installUpdate,
  listClusters,
  patchPostgresqlConfig,
  resizeDatabase,
  setMaintenanceWindow,
  upgradeCluster,
} from "./handlers/databases";
import {
  getDropletAction,
  listDropletActions,
  postDropletAction,
  postDropletActionByTag,
} from "./handlers/droplet-actions";
import { createDroplets, deleteDroplet, deleteDropletsByTag, getDroplet, listDroplets } from "./handlers/droplets";
import {
  addFirewallDroplets,
  addFirewallRules,
  addFirewallTags,
  createFirewall,
  deleteFirewall,
  getFirewall,
  listDropletFirewalls,
  listFirewalls,
  removeFirewallDroplets,
  removeFirewallRules,
  removeFirewallTags,
  updateFirewall,
} from "./handlers/firewalls";
import {
  createAlertPolicy,
  deleteAlertPolicy,
  getAlertPolicy,
  listAlertPolicies,
  updateAlertPolicy,
} from "./handlers/monitoring";
import { getBalance, getDefaultProject, getProject, listProjects } from "./handlers/projects";
import {
  createReservedIp,
  deleteReservedIp,
  getReservedIp,
  getReservedIpAction,
  listReservedIpActions,
  listReservedIps,
  postReservedIpAction,
} from "./handlers/reserved-ips";
import { createSshKey, deleteSshKey, getSshKey, listSshKeys, renameSshKey } from "./handlers/ssh-keys";
import { createTag, deleteTag, getTag, listTags, tagResources, untagResources } from "./handlers/tags";
import {
  createUptimeAlert,
  createUptimeCheck,
  deleteUptimeAlert,
  deleteUptimeCheck,
  getUptimeAlert,
  getUptimeCheck,
  listUptimeAlerts,
  listUptimeChecks,
  updateUptimeAlert,
  updateUptimeCheck,
} from "./handlers/uptime";
import { createVpc, deleteVpc, getVpc, listVpcMembers, listVpcs, updateVpc } from "./handlers/vpcs";
import { badRequest, invalidTag } from "./account/errors";
import type { Handler, Route } from "./account/route";

/** Every call of DigitalOcean's API that is emulated, with the scopes that its description asks for. */
export const routes: readonly Route[] = [
  route("GET", "/v2/account", getAccount, "account:read"),
  route("GET", "/v2/regions", listRegions, "regions:read"),
  route("GET", "/v2/sizes", listSizes, "sizes:read", "regions:read"),
  route("GET", "/v2/images", listImages, "image:read"),
  route("GET", "/v2/images/:image", getImage, "image:read"),
  route("GET", "/v2/customers/my/balance", getBalance, "billing:read"),
  route("GET", "/v2/projects", listProjects, "project:read"),
  route("GET", "/v2/projects/default", getDefaultProject, "project:read"),
  route("GET", "/v2/projects/:project", getProject, "project:read"),

  route("GET", "/v2/actions", listActions, "actions:read"),
  route("GET", "/v2/actions/:action", getAction, "actions:read"),

  route("GET", "/v2/account/keys", listSshKeys, "ssh_key:read"),
  route("POST", "/v2/account/keys", createSshKey, "ssh_key:create"),
  route("GET", "/v2/account/keys/:key", getSshKey, "ssh_key:read"),
  route("PUT", "/v2/account/keys/:key", renameSshKey, "ssh_key:update"),
  route("DELETE", "/v2/account/keys/:key", deleteSshKey, "ssh_key:delete"),

  route("GET", "/v2/tags", listTags, "tag:read"),
  ...refusing(invalidTag, [route("POST", "/v2/tags", createTag, "tag:create")]),
  route("GET", "/v2/tags/:tag", getTag, "tag:read"),
  route("DELETE", "/v2/tags/:tag", deleteTag, "tag:delete"),
  route("POST", "/v2/tags/:tag/resources", tagResources, "tag:create"),
  route("DELETE", "/v2/tags/:tag/resources", untagResources, "tag:delete"),

  route("GET", "/v2/vpcs", listVpcs, "vpc:read"),
  route("POST", "/v2/vpcs", createVpc, "vpc:create"),
  route("GET", "/v2/vpcs/:vpc", getVpc, "vpc:read"),
  route("PUT", "/v2/vpcs/:vpc", updateVpc, "vpc:update"),
  route("PATCH", "/v2/vpcs/:vpc", updateVpc, "vpc:update"),
  route("DELETE", "/v2/vpcs/:vpc", deleteVpc, "vpc:delete"),
  route("GET", "/v2/vpcs/:vpc/members", listVpcMembers, "vpc:read"),

  route("GET", "/v2/droplets", listDroplets, "droplet:read"),
  route("POST", "/v2/droplets", createDroplets, "droplet:create"),
  route("DELETE", "/v2/droplets", deleteDropletsByTag, "droplet:delete"),
  route("POST", "/v2/droplets/actions", postDropletActionByTag, "droplet:update"),
  route("GET", "/v2/droplets/:droplet", getDroplet, "droplet:read"),
  route("DELETE", "/v2/droplets/:droplet", deleteDroplet, "droplet:delete"),
  route("GET", "/v2/droplets/:droplet/firewalls", listDropletFirewalls, "firewall:read"),
  route("GET", "/v2/droplets/:droplet/actions", listDropletActions, "droplet:read"),
  route("POST", "/v2/droplets/:droplet/actions", postDropletAction, "droplet:update"),
  route("GET", "/v2/droplets/:droplet/actions/:action", getDropletAction, "droplet:read"),

  ...refusing(badRequest, [
    route("GET", "/v2/firewalls", listFirewalls, "firewall:read"),
    route("POST", "/v2/firewalls", createFirewall, "firewall:create"),
    route("GET", "/v2/firewalls/:firewall", getFirewall, "firewall:read"),
    route("PUT", "/v2/firewalls/:firewall", updateFirewall, "firewall:update"),
    route("DELETE", "/v2/firewalls/:firewall", deleteFirewall, "firewall:delete"),
    route("POST", "/v2/firewalls/:firewall/droplets", addFirewallDroplets, "firewall:update"),
    route("DELETE", "/v2/firewalls/:firewall/droplets", removeFirewallDroplets, "firewall:update"),
    route("POST", "/v2/firewalls/:firewall/tags", addFirewallTags, "firewall:update"),
    route("DELETE", "/v2/firewalls/:firewall/tags", removeFirewallTags, "firewall:update"),
    route("POST", "/v2/firewalls/:firewall/rules", addFirewallRules, "firewall:update"),
    route("DELETE", "/v2/firewalls/:firewall/rules", removeFirewallRules, "firewall:update"),
  ]),

  route("GET", "/v2/reserved_ips", listReservedIps, "reserved_ip:read"),
  route("POST", "/v2/reserved_ips", createReservedIp, "reserved_ip:create"),
  route("GET", "/v2/reserved_ips/:address", getReservedIp, "reserved_ip:read"),
  route("DELETE", "/v2/reserved_ips/:address", deleteReservedIp, "reserved_ip:delete"),
  route("GET", "/v2/reserved_ips/:address/actions", listReservedIpActions, "reserved_ip:read"),
  route("POST", "/v2/reserved_ips/:address/actions", postReservedIpAction, "reserved_ip:update"),
  route("GET", "/v2/reserved_ips/:address/actions/:action", getReservedIpAction, "reserved_ip:read"),

  route("GET", "/v2/databases", listClusters, "database:read"),
  route("POST", "/v2/databases", createCluster, "database:create"),
  route("GET", "/v2/databases/options", getDatabaseOptions, "database:read"),
  route(
    "GET",
    "/v2/databases/metrics/credentials",
    getMetricsCredentials,
    "database:update",
    "database:view_credentials",
  ),
  route("PUT", "/v2/databases/metrics/credentials", setMetricsCredentials, "database:update"),
  route("GET", "/v2/databases/:database", getCluster, "database:read"),
  route("DELETE", "/v2/databases/:database", deleteCluster, "database:delete"),
  route("PUT", "/v2/databases/:database/resize", resizeDatabase, "database:update"),
  route("PUT", "/v2/databases/:database/maintenance", setMaintenanceWindow, "database:update"),
  route("PUT", "/v2/databases/:database/install_update", installUpdate, "database:update"),
  route("PUT", "/v2/databases/:database/upgrade", upgradeCluster, "database:update"),
  route("GET", "/v2/databases/:database/ca", getDatabaseAuthority, "database:read"),
  route("GET", "/v2/databases/:database/config", getPostgresqlConfig, "database:read"),
  route("PATCH", "/v2/databases/:database/config", patchPostgresqlConfig, "database:update"),
  route("GET", "/v2/databases/:database/autoscale", getAutoscale, "database:read"),
  route("PUT", "/v2/databases/:database/autoscale", setAutoscale, "database:update"),
  route("GET", "/v2/databases/:database/backups", listBackups, "database:read"),
  route("GET", "/v2/databases/:database/firewall", getDatabaseFirewall, "database:read"),
  route("PUT", "/v2/databases/:database/firewall", setDatabaseFirewall, "database:update"),
  route("GET", "/v2/databases/:database/replicas", listReplicas, "database:read"),
  route("POST", "/v2/databases/:database/replicas", createReplica, "database:create"),
  route("GET", "/v2/databases/:database/replicas/:replica", getReplica, "database:read"),
  route("DELETE", "/v2/databases/:database/replicas/:replica", deleteReplica, "database:delete"),
  route("PUT", "/v2/databases/:database/replicas/:replica/promote", promoteReplica, "database:update"),
  route("GET", "/v2/databases/:database/users", listDatabaseUsers, "database:read"),
  route("POST", "/v2/databases/:database/users", createDatabaseUser, "database:create"),
  route("GET", "/v2/databases/:database/users/:user", getDatabaseUser, "database:read"),
  route("DELETE", "/v2/databases/:database/users/:user", deleteDatabaseUser, "database:delete"),
  route("POST", "/v2/databases/:database/users/:user/reset_auth", resetDatabaseUser, "database:update"),
  route("GET", "/v2/databases/:database/dbs", listDatabases, "database:read"),
  route("POST", "/v2/databases/:database/dbs", createDatabase, "database:create"),
  route("GET", "/v2/databases/:database/dbs/:db", getDatabase, "database:read"),
  route("DELETE", "/v2/databases/:database/dbs/:db", deleteDatabase, "database:delete"),
  route("GET", "/v2/databases/:database/pools", listPools, "database:read"),
  route("POST", "/v2/databases/:database/pools", createPool, "database:create"),
  route("GET", "/v2/databases/:database/pools/:pool", getPool, "database:read"),
  route("PUT", "/v2/databases/:database/pools/:pool", updatePool, "database:update"),
  route("DELETE", "/v2/databases/:database/pools/:pool", deletePool, "database:delete"),

  ...refusing(badRequest, [
    route("GET", "/v2/monitoring/alerts", listAlertPolicies, "monitoring:read"),
    route("POST", "/v2/monitoring/alerts", createAlertPolicy, "monitoring:create"),
    route("GET", "/v2/monitoring/alerts/:policy", getAlertPolicy, "monitoring:read"),
    route("PUT", "/v2/monitoring/alerts/:policy", updateAlertPolicy, "monitoring:update"),
    route("DELETE", "/v2/monitoring/alerts/:policy", deleteAlertPolicy, "monitoring:delete"),

    route("GET", "/v2/uptime/checks", listUptimeChecks, "uptime:read"),
    route("POST", "/v2/uptime/checks", createUptimeCheck, "uptime:create"),
    route("GET", "/v2/uptime/checks/:check", getUptimeCheck, "uptime:read"),
    route("PUT", "/v2/uptime/checks/:check", updateUptimeCheck, "uptime:update"),
    route("DELETE", "/v2/uptime/checks/:check", deleteUptimeCheck, "uptime:delete"),
    route("GET", "/v2/uptime/checks/:check/alerts", listUptimeAlerts, "uptime:read"),
    route("POST", "/v2/uptime/checks/:check/alerts", createUptimeAlert, "uptime:create", "uptime:update"),
    route("GET", "/v2/uptime/checks/:check/alerts/:alert", getUptimeAlert, "uptime:read"),
    route("PUT", "/v2/uptime/checks/:check/alerts/:alert", updateUptimeAlert, "uptime:update"),
    route("DELETE", "/v2/uptime/checks/:check/alerts/:alert", deleteUptimeAlert, "uptime:delete", "uptime:update"),
  ]),
];

/**
 * Calls that answer 400 to a body that is not as it must be: firewalls and new tags by DigitalOcean's description, alerts
 * and uptime checks as seen in digitalocean/openapi #707 and #830.
 */
function refusing(refusal: NonNullable<Route["refusal"]>, calls: readonly Route[]): Route[] {
  return calls.map((call) => ({ ...call, refusal }));
}

function route(method: Route["method"], path: string, handler: Handler, ...scopes: string[]): Route {
  return { method, path, handler, scopes };
}
