import { Lazy } from "cdktf";
import { checkAppSettings } from "../cloud-init/app/user-data";
import { checkLoadBalancerSettings } from "../cloud-init/load-balancer/user-data";
import type { Problem } from "../cloud-init/problems";
import { checkWebSettings } from "../cloud-init/web/user-data";
import { defaultAppSize, maximumAppNodes } from "./app-tier";
import { defaultLoadBalancerSize, maximumLoadBalancers } from "./load-balancer-pair";
import { checkNodeGroup } from "./node-group";
import { checkPostgresCluster } from "./postgres-cluster";
import {
  checkCount,
  checkEach,
  checkEmail,
  checkHostname,
  checkName,
  checkNetwork,
  checkOneOf,
  checkRegion,
  checkVpcRange,
  checkZoneId,
} from "./settings-checks";
import { tierNames } from "./tier-tags";
import type { WebInfrastructureSettings } from "./web-infrastructure-settings";
import { defaultWebSize, maximumWebNodes } from "./web-tier";

/** Every problem of an infrastructure's settings, each once, in the words of its props. */
export function checkWebInfrastructure(settings: WebInfrastructureSettings): Problem[] {
  return distinct([
    ...checkHostname("hostname", settings.hostname),
    ...checkZoneId("zoneId", settings.zoneId),
    ...checkName("name", settings.name),
    ...checkRegion("region", settings.region),
    ...checkVpcRange("vpcIpRange", settings.vpcIpRange),
    ...checkEach("sshSources", settings.sshSources ?? [], checkNetwork),
    ...checkCount("readinessLimitMinutes", settings.readinessLimitMinutes ?? 10, 1, 120),
    ...checkOneOf("minimumTlsVersion", settings.minimumTlsVersion ?? "1.2", ["1.2", "1.3"]),
    ...checkEach("alertEmails", settings.alertEmails ?? [], checkEmail),
    ...checkTokens(settings),
    ...checkTiers(settings),
    ...checkHosts(settings),
    ...checkDatabase(settings),
  ]);
}

function checkTokens(settings: WebInfrastructureSettings): Problem[] {
  return (["failoverToken", "discoveryToken"] as const)
    .filter((token) => settings[token] === "")
    .map((path) => ({ path, message: `is missing, pass a sensitive Terraform variable or use the class "Stack"` }));
}

function checkTiers(settings: WebInfrastructureSettings): Problem[] {
  return [
    ...inWordsOf(
      { nodes: "loadBalancers", size: "loadBalancerSize" },
      checkNodeGroup({
        ...settings,
        tier: "load-balancer",
        nodes: settings.loadBalancers,
        size: settings.loadBalancerSize ?? defaultLoadBalancerSize,
        maximumNodes: maximumLoadBalancers,
      }),
    ),
    ...inWordsOf(
      { nodes: "webNodes", size: "webSize", batchSize: "webBatchSize" },
      checkNodeGroup({
        ...settings,
        tier: "web",
        nodes: settings.webNodes,
        size: settings.webSize ?? defaultWebSize,
        batchSize: settings.webBatchSize,
        maximumNodes: maximumWebNodes,
      }),
    ),
    ...inWordsOf(
      { nodes: "appNodes", size: "appSize", batchSize: "appBatchSize" },
      checkNodeGroup({
        ...settings,
        tier: "app",
        nodes: settings.appNodes,
        size: settings.appSize ?? defaultAppSize,
        batchSize: settings.appBatchSize,
        maximumNodes: maximumAppNodes,
      }),
    ),
  ];
}

/** Stands for what Terraform will know: nothing can be wrong with it yet. */
const later = Lazy.stringValue({ produce: () => "" });

/** What the text for the hosts has to say about its settings, before there is anything to put into it. */
function checkHosts(settings: WebInfrastructureSettings): Problem[] {
  const node = { hostname: settings.hostname, tags: tierNames("any"), readinessToken: later };
  const discoveryToken = settings.discoveryToken || later;
  const { application } = settings;
  return [
    ...inWordsOf(
      { extraFiles: "loadBalancerExtraFiles", extraPackages: "loadBalancerExtraPackages" },
      checkLoadBalancerSettings({
        ...node,
        extraFiles: settings.loadBalancerExtraFiles,
        extraPackages: settings.loadBalancerExtraPackages,
        failoverToken: settings.failoverToken || later,
        discoveryToken,
        reservedIp: later,
        certificate: later,
        privateKey: later,
        clientAuthority: later,
      }),
    ),
    ...inWordsOf(
      { extraFiles: "webExtraFiles", extraPackages: "webExtraPackages" },
      checkWebSettings({
        ...node,
        extraFiles: settings.webExtraFiles,
        extraPackages: settings.webExtraPackages,
        discoveryToken,
        staticContent: settings.staticContent,
      }),
    ),
    ...inWordsOf(
      { extraFiles: "appExtraFiles", extraPackages: "appExtraPackages" },
      checkAppSettings({
        ...node,
        extraFiles: settings.appExtraFiles,
        extraPackages: settings.appExtraPackages,
        application,
        writeUrl: later,
        readUrl: later,
        databaseAuthority: later,
      }),
    ),
  ];
}

function checkDatabase(settings: WebInfrastructureSettings): Problem[] {
  return inWordsOf(
    { size: "databaseSize", nodes: "databaseNodes", userName: "databaseUser" },
    checkPostgresCluster({
      ...settings,
      size: settings.databaseSize,
      nodes: settings.databaseNodes,
      userName: settings.databaseUser,
    }),
  );
}

/** Problems of a part, with its props under the names that they have here. */
function inWordsOf(names: Readonly<Record<string, string>>, problems: readonly Problem[]): Problem[] {
  const rename = (path: string) => path.replace(/^\w+/, (prop) => names[prop] ?? prop);
  return problems.map(({ path, message }) => ({ path: rename(path), message }));
}

/** Parts share settings, and a problem of a shared one would be told by each of them. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.path}: ${problem.message}`, problem])).values()];
}
