import { ProjectResources } from "@cdktf/provider-digitalocean/lib/project-resources";
import { Annotations, TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import type { DatabaseConnection } from "../cloud-init/app/endpoints";
import { ports } from "../cloud-init/ports";
import { throwProblems } from "../cloud-init/problems";
import { type Route, siteApplication } from "../cloud-init/web/routes";
import { demoContent, type StaticContent } from "../cloud-init/web/user-data";
import { AppTier, appTierDefaults } from "./app-tier";
import { Firewalls } from "./firewalls";
import { ownNames } from "./hostnames";
import { LoadBalancerPair, loadBalancerPairDefaults } from "./load-balancer-pair";
import { Monitoring } from "./monitoring";
import { isSiteTier, nodeIds, nodeName, tierName, tiers } from "./naming";
import { Network, type VpcReference } from "./network";
import type { TierPlacement } from "./node-group";
import { PostgresCluster, type PostgresSettings, clusterName, postgresDefaults } from "./postgres-cluster";
import { PublicHostname } from "./public-hostname";
import { Readiness } from "./readiness";
import { ReservedAddress } from "./reserved-address";
import { type Machines, monthlyPriceUsd } from "./sizes-and-prices";
import { TerraformData } from "./terraform-data";
import { TierTags } from "./tier-tags";
import { Traffic } from "./traffic";
import { checkWebInfrastructure } from "./web-infrastructure-checks";
import {
  type WebInfrastructureProps,
  type WebInfrastructureSettings,
  completeSettings,
  isExistingDatabase,
  isExistingNetwork,
} from "./web-infrastructure-settings";
import { WebTier, webTierDefaults } from "./web-tier";
import { withDefaults } from "./with-defaults";

/**
 * A highly available web site: Cloudflare, a reserved IP held by one of two load balancers, web nodes, app nodes, and
 * PostgreSQL with standby and read replicas, behind cloud firewalls and with alerts.
 *
 * With the defaults about 170 USD a month (list prices; see the output). Settings are checked as a whole before the
 * first resource exists; a SettingsError names every problem. Reserved IP and database are protected from destruction.
 */
export class WebInfrastructure extends Construct {
  /** The network of all nodes: one of our own, or the one that was given. */
  public readonly vpc: VpcReference;
  /** Tags of all tiers. */
  public readonly tags: TierTags;
  /** The reserved IP. */
  public readonly address: ReservedAddress;
  /** Record, certificates and settings of the public name. */
  public readonly publicHostname: PublicHostname;
  /** Who may talk to whom. */
  public readonly traffic: Traffic;
  /** The cloud firewall of each tier. */
  public readonly firewalls: Firewalls;
  /** How new nodes say that they are ready. */
  public readonly readiness: Readiness;
  /** How the database is reached, whether it is ours or not. */
  public readonly database: DatabaseConnection;
  /** The database itself; undefined when it existed already, or is not kept beside the restored one. */
  public readonly cluster?: PostgresCluster;
  /** The one that was made from its backups. */
  public readonly restoredCluster?: PostgresCluster;
  /** The load balancers. */
  public readonly loadBalancers: LoadBalancerPair;
  /** The web nodes. */
  public readonly web: WebTier;
  /** The app nodes. */
  public readonly app: AppTier;
  /** The alerts. */
  public readonly monitoring: Monitoring;
  /** Whether a tier may have one node. */
  public readonly allowSinglePointsOfFailure: boolean;
  private readonly settings: WebInfrastructureSettings;
  private readonly machines: Machines[];
  private readonly nodeNames: Record<string, readonly string[]> = {};

  public constructor(scope: Construct, id: string, props: WebInfrastructureProps) {
    super(scope, id);
    const settings = completeSettings(this, props);
    throwProblems(checkWebInfrastructure(settings));
    this.settings = settings;
    this.machines = machinesOf(settings);
    this.allowSinglePointsOfFailure = settings.allowSinglePointsOfFailure === true;
    this.vpc = createVpc(this, settings);
    this.tags = new TierTags(this, "tags", { name: settings.name });
    this.address = new ReservedAddress(this, "address", { region: settings.region });
    this.publicHostname = createPublicHostname(this, settings);
    this.traffic = createTraffic(settings);
    this.firewalls = createFirewalls(this, settings);
    this.readiness = createReadiness(this, settings);
    this.cluster = tryCreateCluster(this, settings);
    this.restoredCluster = tryRestoreCluster(this, settings);
    this.database = isExistingDatabase(settings.database)
      ? { ...settings.database, token: settings.tokens.database }
      : servingCluster(this, settings)!;
    guardDatabases(this, settings);
    this.loadBalancers = createLoadBalancers(this, settings);
    this.web = createWeb(this, settings);
    this.app = createApp(this, settings);
    renewAdministrator(this, settings);
    this.monitoring = createMonitoring(this, settings);
    putIntoProject(this, settings);
    Object.assign(this.nodeNames, {
      load_balancer: this.loadBalancers.group.nodeNames,
      web: this.web.group.nodeNames,
      app: this.app.group.nodeNames,
    });
    createOutputs(this, settings, this.nodeNames);
    createPriceOutput(this, this.machines);
    warnOfWideNetworks(this, settings);
    // At synthesis: tiers join later.
    this.node.addValidation({ validate: () => this.missingTiers() });
  }

  /** What a tier of this site needs to know about it. */
  public placementOf(tier: string): TierPlacement {
    const { name, region, image, ssh, tags, project } = this.settings;
    return {
      ...{ name, region, image, project },
      sshKeys: ssh?.keys,
      extraTags: tags,
      vpc: this.vpc,
      tags: this.tags,
      firewall: this.firewalls.of(tier),
      readiness: this.readiness,
      allowSinglePointsOfFailure: this.allowSinglePointsOfFailure,
    };
  }

  /** The routes of visitors' requests to a tier of yours. */
  public routesTo(tier: string): readonly Route[] {
    return (this.settings.web?.routes ?? []).filter((route) => route.tier === tier);
  }

  /**
   * Makes tag, firewall and alerts for a tier of your own, and lets load balancers and database know it. `Tier` calls
   * it. Returns the name of the tag.
   */
  public addTier(tier: string, { usesDatabase, nodes, size }: JoiningTier): string {
    const tag = this.tags.add(tier);
    this.traffic.addTier(tier, { usesDatabase, isRouted: this.routesTo(tier).length > 0 });
    if (usesDatabase) for (const cluster of [this.cluster, this.restoredCluster]) cluster?.admit(tag.name);
    this.monitoring.addTier(tier);
    const tagName = tierName(this.settings.name, tier);
    this.loadBalancers.addTier(tagName);
    this.nodeNames[tier] = nodeIds(nodes).map((id) => nodeName(this.settings.name, tier, id));
    this.machines.push({ count: nodes, size });
    createPriceOutput(this, this.machines);
    return tagName;
  }

  /** Problems of routes to tiers that have not joined. */
  private missingTiers(): string[] {
    const known = [siteApplication, ...this.traffic.tiers.filter((tier) => !isSiteTier(tier))];
    return (this.settings.web?.routes ?? []).flatMap(({ tier }, index) =>
      known.includes(tier)
        ? []
        : [
            `web.routes[${index}].tier: must be one of ${known.join(", ")}, got "${tier}", make it: new Tier(site, "${tier}", …)`,
          ],
    );
  }
}

/** What a site is told about a tier that joins it. */
export interface JoiningTier {
  /** Whether its nodes may connect to the database. */
  readonly usesDatabase: boolean;
  /** How many. */
  readonly nodes: number;
  /** Droplet size slug. */
  readonly size: string;
}

function createVpc(site: WebInfrastructure, { network, name, region }: WebInfrastructureSettings): VpcReference {
  return isExistingNetwork(network) ? network.vpc : new Network(site, "network", { ...network, name, region }).vpc;
}

function createPublicHostname(site: WebInfrastructure, settings: WebInfrastructureSettings): PublicHostname {
  const { hostname, otherHostnames, zone } = settings;
  const reservedIp = site.address.reservedIp.ipAddress;
  return new PublicHostname(site, "hostname", { hostname, otherHostnames, zone, reservedIp });
}

function createTraffic(settings: WebInfrastructureSettings): Traffic {
  const traffic = new Traffic(settings.traffic);
  // Web nodes tell app nodes how they answer.
  if (isCanaryOn(settings)) traffic.allow({ from: "web", to: "app", protocol: "tcp", port: ports.nodeStatus });
  return traffic;
}

function createFirewalls(site: WebInfrastructure, settings: WebInfrastructureSettings): Firewalls {
  return new Firewalls(site, "firewalls", {
    name: settings.name,
    tags: site.tags,
    vpc: site.vpc,
    reservedIp: site.address.reservedIp.ipAddress,
    sshSources: settings.ssh?.sources,
    traffic: site.traffic,
  });
}

function createReadiness(site: WebInfrastructure, settings: WebInfrastructureSettings): Readiness {
  const { hostname, readinessLimitMinutes } = settings;
  const publicPath = [...site.publicHostname.ready, ...tiers.map((tier) => site.firewalls.of(tier))];
  return new Readiness(site, "readiness", { hostname, publicPath, readinessLimitMinutes });
}

function tryCreateCluster(site: WebInfrastructure, settings: WebInfrastructureSettings): PostgresCluster | undefined {
  if (isExistingDatabase(settings.database) || settings.restoredDatabase?.keepOriginal === false) return undefined;
  return new PostgresCluster(site, "database", clusterProps(site, settings, settings.database));
}

function tryRestoreCluster(site: WebInfrastructure, settings: WebInfrastructureSettings): PostgresCluster | undefined {
  const { restoredDatabase, database, name } = settings;
  if (restoredDatabase === undefined || isExistingDatabase(database)) return undefined;
  const restoreFrom = { cluster: clusterName(name), at: restoredDatabase.at };
  const props = clusterProps(site, settings, { ...database, restoreFrom });
  return new PostgresCluster(site, "restored-database", { ...props, name: `${name}-restored` });
}

/**
 * Terraform destroys what a configuration does not name any more, protected or not. So for each database that the settings
 * may leave out there is something that always is named, is protected when they do, and would have to be replaced.
 */
function guardDatabases(site: WebInfrastructure, { database, restoredDatabase }: WebInfrastructureSettings): void {
  const guard = (id: string, state: string, isLeftOut: boolean) =>
    new TerraformData(site, id, {
      triggersReplace: { state },
      lifecycle: isLeftOut ? { preventDestroy: true } : undefined,
    });
  const exists = isExistingDatabase(database);
  guard("guard-of-own-database", exists ? "left out" : "there", exists);
  // Also where the first one goes: that may be only when the restored one serves already, not on the way there.
  const isGuarded = !restoredDatabase?.keepOriginal;
  guard("guard-of-restored-database", restoredDatabase?.serve ? "serves" : "does not serve", isGuarded);
}

function clusterProps(site: WebInfrastructure, settings: WebInfrastructureSettings, database: PostgresSettings) {
  return {
    ...database,
    name: settings.name,
    region: settings.region,
    vpc: site.vpc,
    clientTags: [site.tags.of("app").name],
    token: settings.tokens.database,
    extraTags: settings.tags,
    allowSinglePointsOfFailure: settings.allowSinglePointsOfFailure,
  };
}

function servingCluster(site: WebInfrastructure, { restoredDatabase }: WebInfrastructureSettings) {
  return restoredDatabase?.serve ? site.restoredCluster : site.cluster;
}

function createLoadBalancers(site: WebInfrastructure, settings: WebInfrastructureSettings): LoadBalancerPair {
  return new LoadBalancerPair(site, "load-balancer", {
    ...settings.loadBalancers,
    ...site.placementOf("load-balancer"),
    hostname: settings.hostname,
    otherHostnames: settings.otherHostnames?.map(({ hostname, redirects }) => ({ hostname, redirects })),
    reservedIp: site.address.reservedIp.ipAddress,
    failoverToken: settings.tokens.failover,
    discoveryToken: settings.tokens.discovery,
    certificate: site.publicHostname.certificate,
    privateKey: site.publicHostname.privateKey,
    clientAuthorities: site.publicHostname.clientAuthorities,
    requestTimeoutSeconds: settings.web?.requestTimeoutSeconds,
    webFiles: staticContentOf(settings) !== undefined,
    maintenance: settings.maintenance,
  });
}

function createWeb(site: WebInfrastructure, settings: WebInfrastructureSettings): WebTier {
  return new WebTier(site, "web", {
    ...settings.web,
    staticContent: staticContentOf(settings),
    hostnames: ownNames(settings),
    ...site.placementOf("web"),
    discoveryToken: settings.tokens.discovery,
    canary: isCanaryOn(settings),
  });
}

function isCanaryOn({ app }: WebInfrastructureSettings): boolean {
  return typeof app?.canary === "object";
}

/** Files of the demo would answer in the place of another application's own paths. */
function staticContentOf({ web, app }: WebInfrastructureSettings): StaticContent | undefined {
  return web?.staticContent ?? (app?.application?.kind === "container" ? undefined : demoContent);
}

function createApp(site: WebInfrastructure, settings: WebInfrastructureSettings): AppTier {
  return new AppTier(site, "app", { ...settings.app, ...site.placementOf("app"), database: site.database });
}

function renewAdministrator(site: WebInfrastructure, settings: WebInfrastructureSettings): void {
  const { database } = settings;
  if (isExistingDatabase(database) || database?.keepAdministrator) return;
  servingCluster(site, settings)?.administrator.renewAfter(site.app.group.gates.map(({ passed }) => passed));
}

function createMonitoring(site: WebInfrastructure, settings: WebInfrastructureSettings): Monitoring {
  const { database } = settings;
  return new Monitoring(site, "monitoring", {
    ...settings.alerts,
    name: settings.name,
    hostname: settings.hostname,
    maintenance: Boolean(settings.maintenance),
    tags: site.tags,
    databaseClusterId: isExistingDatabase(database) ? database.clusterId : servingCluster(site, settings)?.cluster.id,
  });
}

/** Allowed, because whoever gets a new address every day has no other way in when something is broken. */
function warnOfWideNetworks(site: WebInfrastructure, { ssh }: WebInfrastructureSettings): void {
  (ssh?.sources ?? []).forEach((network, index) => {
    if (!(Number(network.split("/")[1]) < smallestNoted)) return;
    Annotations.of(site).addWarning(
      `ssh.sources[${index}]: anybody in ${network} can try keys at every node, name the networks that need it`,
    );
  });
}

/** Bits of the largest network that one company would have. */
const smallestNoted = 8;

/** Droplets are put there by their tiers: one list of all of them would let each tier wait for the others. */
function putIntoProject(site: WebInfrastructure, { project }: WebInfrastructureSettings): void {
  if (project === undefined) return;
  const { address, cluster, restoredCluster } = site;
  const databases = [cluster, restoredCluster].flatMap((one) => one?.cluster.urn ?? []);
  const resources = [address.reservedIp.urn, ...databases];
  new ProjectResources(site, "project", { project, resources });
}

function createOutputs(site: WebInfrastructure, settings: WebInfrastructureSettings, nodes: object): void {
  createOutput(site, "url", "Where the site is", `https://${settings.hostname}/`);
  const { ipAddress } = site.address.reservedIp;
  createOutput(site, "reserved_ip", "Public address that one of the load balancers holds", ipAddress);
  createOutput(site, "nodes", "Names of the droplets", nodes);
  if (settings.maintenance)
    createOutput(site, "maintenance", "Who sees the site, and not a page", settings.maintenance);
}

function createPriceOutput(site: WebInfrastructure, machines: readonly Machines[]): void {
  site.node.tryRemoveChild("monthly_usd");
  const price = monthlyPriceUsd(machines);
  if (price !== undefined)
    createOutput(site, "monthly_usd", "List price of droplets and databases, without traffic", price);
}

function createOutput(site: WebInfrastructure, name: string, description: string, value: unknown): void {
  // Not the id that cdktf would make: people read it, and programs ask for it by name.
  new TerraformOutput(site, name, { description, value }).overrideLogicalId(`${site.node.id}_${name}`);
}

function machinesOf(settings: WebInfrastructureSettings): Machines[] {
  const droplets = [
    withDefaults(loadBalancerPairDefaults, settings.loadBalancers ?? {}),
    withDefaults(webTierDefaults, settings.web ?? {}),
    withDefaults(appTierDefaults, settings.app ?? {}),
  ].map(({ nodes, size }) => ({ count: nodes, size }));
  if (isExistingDatabase(settings.database)) return droplets;
  const { size, nodes, readReplicas, replicaSize = size } = withDefaults(postgresDefaults, settings.database);
  const { restoredDatabase } = settings;
  const databases = restoredDatabase?.keepOriginal ? 2 : 1;
  return [...droplets, { count: databases * nodes, size }, { count: databases * readReplicas, size: replicaSize }];
}
