import { type Checks, checkGroup } from "../cloud-init/check-group";
import { checkTag, checkToken } from "../cloud-init/node-settings";
import type { Problem } from "../cloud-init/problems";
import { appTierChecks } from "./app-tier";
import { checkConnections } from "./connection-budget";
import { checkNameOfZone, checkOtherHostnames, checkRouteHostnames, tryNormalize } from "./hostnames";
import { loadBalancerPairChecks } from "./load-balancer-pair";
import { checkMaintenance, maintenanceTag } from "./maintenance";
import { isName } from "./naming";
import { alertChecks } from "./monitoring";
import { checkExistingNetwork, networkChecks } from "./network";
import { checkImage, checkSshKeys } from "./node-group";
import { checkExistingDatabase, checkMoment, postgresChecks } from "./postgres-cluster";
import { checkReadinessLimit } from "./readiness";
import { checkBoolean, checkEach, checkId, shown } from "../cloud-init/value-checks";
import { checkHostname, checkName, checkNetwork, checkRegion } from "./settings-checks";
import { tierNames } from "./tier-tags";
import { checkTraffic } from "./traffic";
import {
  type RestoredDatabaseSettings,
  type SshSettings,
  type TokenSettings,
  type WebInfrastructureSettings,
  isExistingDatabase,
  isExistingNetwork,
} from "./web-infrastructure-settings";
import { webTierChecks } from "./web-tier";
import { checkZone } from "./zone";

/** Every problem of an infrastructure's settings, each at its path in the props. */
export function checkWebInfrastructure(settings: WebInfrastructureSettings): Problem[] {
  const allowsSingle = settings?.allowSinglePointsOfFailure === true;
  const checks: Checks<WebInfrastructureSettings> = {
    hostname: checkHostname,
    otherHostnames: checkOtherHostnames,
    zone: (path, zone, { hostname }) => [
      ...checkZone(path, zone),
      ...checkNameOfZone(`${path}.name`, zone?.name, hostname),
    ],
    name: checkName,
    region: checkRegion,
    image: checkImage,
    network: (path, network) =>
      isExistingNetwork(network) ? checkExistingNetwork(path, network) : checkGroup(path, network, networkChecks),
    // A number until version 0.1.
    loadBalancers: (path, group) =>
      typeof group === "number" && Number.isInteger(group)
        ? [{ path, message: `is called ${path}.nodes now` }]
        : checkGroup(path, group, loadBalancerPairChecks(allowsSingle)),
    web: (path, group, site) => {
      const problems = checkGroup(path, group, webTierChecks(allowsSingle));
      const { otherHostnames = [] } = site;
      const names = checkOtherHostnames("otherHostnames", otherHostnames, site);
      if (problems.length + names.length > 0 || tryNormalize(site.hostname) === undefined) return problems;
      return checkRouteHostnames(`${path}.routes`, group.routes ?? [], site);
    },
    app: (path, group) => checkGroup(path, group, appTierChecks(allowsSingle)),
    database: (path, database) =>
      isExistingDatabase(database)
        ? checkExistingDatabase(path, database)
        : checkGroup(path, database, postgresChecks(allowsSingle)),
    restoredDatabase: (path, group, { database }) =>
      isExistingDatabase(database)
        ? [{ path, message: "needs a database that the site has made itself, got one that exists already" }]
        : checkGroup(path, group, restoredDatabaseChecks, { required: ["at"] }),
    alerts: (path, group) => checkGroup(path, group, alertChecks),
    ssh: (path, group) => checkGroup(path, group, sshChecks),
    tokens: (path, group) => checkGroup(path, group, tokenChecks),
    readinessLimitMinutes: checkReadinessLimit,
    maintenance: checkMaintenance,
    traffic: checkTraffic,
    tags: (path, tags, { name }) => checkEach(path, tags, (at, tag) => checkExtraTag(at, tag, name)),
    project: checkId,
    allowSinglePointsOfFailure: checkBoolean,
  };
  const problems = checkGroup("", settings, checks, { required: ["hostname", "zone"], renamed });
  if (problems.length > 0 || isExistingDatabase(settings.database)) return problems;
  return checkConnections("app.databaseConnections", settings.app ?? {}, settings.database);
}

const restoredDatabaseChecks: Checks<RestoredDatabaseSettings> = {
  at: checkMoment,
  serve: checkBoolean,
  keepOriginal: (path, keep, { serve }) => {
    const problems = checkBoolean(path, keep);
    return problems.length > 0 || keep || serve
      ? problems
      : [{ path, message: "must be true while the site uses its own database, got false, set serve to true before" }];
  },
};

const sshChecks: Checks<SshSettings> = {
  keys: checkSshKeys,
  sources: (path, sources) => checkEach(path, sources, checkNetwork),
};

const tokenChecks: Checks<TokenSettings> = {
  failover: checkPresentToken,
  discovery: checkPresentToken,
  database: checkPresentToken,
};

function checkPresentToken(path: string, token: string): Problem[] {
  if (token !== "") return checkToken(path, token);
  return [{ path, message: `is missing, pass a sensitive Terraform variable or use the class "Stack"` }];
}

/** Nodes find each other by the tags of the tiers: one of them on the wrong droplet would send it traffic. */
function checkExtraTag(path: string, tag: string, name: string): Problem[] {
  if (isName(name) && Object.values(tierNames(name)).includes(tag))
    return [{ path, message: `must not be a tier's tag, got ${shown(tag)}` }];
  const problems = checkTag(path, tag);
  return problems.length > 0 || tag.split(":")[0] !== maintenanceTag
    ? problems
    : [{ path, message: `must not turn maintenance on, got ${shown(tag)}, use the setting maintenance` }];
}

/** What settings were called in version 0.1, each with what to write since. */
export const renamed = {
  zoneId: "zone.id",
  minimumTlsVersion: "zone.minimumTlsVersion",
  clientAuthority: "zone.clientAuthority",
  vpcIpRange: "network.ipRange",
  sshKeys: "ssh.keys",
  sshSources: "ssh.sources",
  alertEmails: "alerts.emails",
  failoverToken: "tokens.failover",
  discoveryToken: "tokens.discovery",
  loadBalancerSize: "loadBalancers.size",
  edgeWitness: "loadBalancers.edgeWitness",
  loadBalancerExtraFiles: "loadBalancers.extraFiles",
  loadBalancerExtraPackages: "loadBalancers.extraPackages",
  webNodes: "web.nodes",
  webSize: "web.size",
  webBatchSize: "web.batchSize",
  staticContent: "web.staticContent",
  webExtraFiles: "web.extraFiles",
  webExtraPackages: "web.extraPackages",
  appNodes: "app.nodes",
  appSize: "app.size",
  appBatchSize: "app.batchSize",
  application: "app.application",
  appExtraFiles: "app.extraFiles",
  appExtraPackages: "app.extraPackages",
  databaseSize: "database.size",
  databaseNodes: "database.nodes",
  readReplicas: "database.readReplicas",
  replicaSize: "database.replicaSize",
  databaseName: "database.databaseName",
  databaseUser: "database.userName",
  poolSize: "app.databaseConnections",
  poolMode: "database.poolMode",
  maintenanceDay: "database.maintenanceDay",
  maintenanceHour: "database.maintenanceHour",
} as const;
