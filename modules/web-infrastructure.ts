import { type ITerraformDependable, TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { throwProblems } from "../cloud-init/problems";
import { AppTier, defaultAppSize } from "./app-tier";
import { Firewalls } from "./firewalls";
import { LoadBalancerPair, defaultLoadBalancerSize } from "./load-balancer-pair";
import { Monitoring } from "./monitoring";
import { Network } from "./network";
import { defaultNodes } from "./node-group";
import { PostgresCluster, postgresDefaults } from "./postgres-cluster";
import { PublicHostname } from "./public-hostname";
import { Readiness } from "./readiness";
import { ReservedAddress } from "./reserved-address";
import { monthlyPriceUsd } from "./sizes-and-prices";
import { TierTags } from "./tier-tags";
import { checkWebInfrastructure } from "./web-infrastructure-checks";
import {
  type WebInfrastructureProps,
  type WebInfrastructureSettings,
  withDefaults,
} from "./web-infrastructure-settings";
import { WebTier, defaultWebSize } from "./web-tier";

/**
 * A highly available web site: Cloudflare, a reserved IP held by one of two load balancers, web nodes, app nodes, and
 * PostgreSQL with standby and read replicas, behind cloud firewalls and with alerts.
 *
 * With the defaults about 170 USD a month (list prices; see the output). Settings are checked as a whole before the
 * first resource exists; a SettingsError names every problem. Reserved IP and database are protected from destruction.
 */
export class WebInfrastructure extends Construct {
  public readonly network: Network;
  public readonly tags: TierTags;
  public readonly address: ReservedAddress;
  public readonly publicHostname: PublicHostname;
  public readonly firewalls: Firewalls;
  public readonly readiness: Readiness;
  public readonly database: PostgresCluster;
  public readonly loadBalancers: LoadBalancerPair;
  public readonly web: WebTier;
  public readonly app: AppTier;
  public readonly monitoring: Monitoring;

  public constructor(scope: Construct, id: string, props: WebInfrastructureProps) {
    super(scope, id);
    const settings = withDefaults(this, props);
    throwProblems(checkWebInfrastructure(settings));
    this.network = new Network(this, "network", { ...settings, ipRange: settings.vpcIpRange });
    this.tags = new TierTags(this, "tags", settings);
    this.address = new ReservedAddress(this, "address", settings);
    this.publicHostname = new PublicHostname(this, "hostname", { ...settings, reservedIp: this.address.reservedIp });
    this.firewalls = createFirewalls(this, settings);
    this.readiness = createReadiness(this, settings);
    this.database = createDatabase(this, settings);
    this.loadBalancers = createLoadBalancers(this, settings);
    this.web = createWeb(this, settings);
    this.app = createApp(this, settings);
    this.monitoring = createMonitoring(this, settings);
    createOutputs(this, settings);
  }
}

function createFirewalls(site: WebInfrastructure, settings: WebInfrastructureSettings): Firewalls {
  return new Firewalls(site, "firewalls", {
    name: settings.name,
    tags: site.tags,
    vpc: site.network.vpc,
    reservedIp: site.address.reservedIp,
    sshSources: settings.sshSources,
  });
}

function createReadiness(site: WebInfrastructure, settings: WebInfrastructureSettings): Readiness {
  const { loadBalancer, web, app } = site.firewalls;
  const publicPath: ITerraformDependable[] = [...site.publicHostname.ready, loadBalancer, web, app];
  return new Readiness(site, "readiness", {
    hostname: settings.hostname,
    publicPath,
    limitMinutes: settings.readinessLimitMinutes,
  });
}

function createDatabase(site: WebInfrastructure, settings: WebInfrastructureSettings): PostgresCluster {
  return new PostgresCluster(site, "database", {
    name: settings.name,
    region: settings.region,
    vpc: site.network.vpc,
    clientTag: site.tags.app,
    size: settings.databaseSize,
    nodes: settings.databaseNodes,
    readReplicas: settings.readReplicas,
    replicaSize: settings.replicaSize,
    databaseName: settings.databaseName,
    userName: settings.databaseUser,
    poolSize: settings.poolSize,
    poolMode: settings.poolMode,
    maintenanceDay: settings.maintenanceDay,
    maintenanceHour: settings.maintenanceHour,
  });
}

function createLoadBalancers(site: WebInfrastructure, settings: WebInfrastructureSettings): LoadBalancerPair {
  return new LoadBalancerPair(site, "load-balancer", {
    ...everyTier(site, settings),
    firewall: site.firewalls.loadBalancer,
    nodes: settings.loadBalancers,
    size: settings.loadBalancerSize,
    extraFiles: settings.loadBalancerExtraFiles,
    extraPackages: settings.loadBalancerExtraPackages,
    hostname: settings.hostname,
    reservedIp: site.address.reservedIp,
    failoverToken: settings.failoverToken,
    discoveryToken: settings.discoveryToken,
    certificate: site.publicHostname.certificate,
    privateKey: site.publicHostname.privateKey,
    clientAuthorities: site.publicHostname.clientAuthorities,
    edgeWitness: settings.edgeWitness,
  });
}

function createWeb(site: WebInfrastructure, settings: WebInfrastructureSettings): WebTier {
  const { application } = settings;
  return new WebTier(site, "web", {
    ...everyTier(site, settings),
    firewall: site.firewalls.web,
    nodes: settings.webNodes,
    size: settings.webSize,
    batchSize: settings.webBatchSize,
    extraFiles: settings.webExtraFiles,
    extraPackages: settings.webExtraPackages,
    hostname: settings.hostname,
    discoveryToken: settings.discoveryToken,
    staticContent: settings.staticContent,
    appHealthPath: application?.kind === "container" ? application.healthPath : undefined,
  });
}

function createApp(site: WebInfrastructure, settings: WebInfrastructureSettings): AppTier {
  return new AppTier(site, "app", {
    ...everyTier(site, settings),
    firewall: site.firewalls.app,
    nodes: settings.appNodes,
    size: settings.appSize,
    batchSize: settings.appBatchSize,
    extraFiles: settings.appExtraFiles,
    extraPackages: settings.appExtraPackages,
    application: settings.application,
    writeUrl: site.database.writeUrl,
    readUrl: site.database.readUrl,
    adminUrl: site.database.adminUrl,
    databaseAuthority: site.database.authority,
  });
}

function everyTier(site: WebInfrastructure, { name, region, image, sshKeys }: WebInfrastructureSettings) {
  return { name, region, image, sshKeys, vpc: site.network.vpc, tags: site.tags, readiness: site.readiness };
}

function createMonitoring(site: WebInfrastructure, settings: WebInfrastructureSettings): Monitoring {
  return new Monitoring(site, "monitoring", {
    name: settings.name,
    hostname: settings.hostname,
    tags: site.tags,
    databaseCluster: site.database.cluster,
    emails: settings.alertEmails,
  });
}

function createOutputs(site: WebInfrastructure, settings: WebInfrastructureSettings): void {
  const output = (name: string, description: string, value: unknown) =>
    // Not the id that cdktf would make: people read it, and programs ask for it by name.
    new TerraformOutput(site, name, { description, value }).overrideLogicalId(`${site.node.id}_${name}`);
  output("url", "Where the site is", `https://${settings.hostname}/`);
  output("reserved_ip", "Public address that one of the load balancers holds", site.address.reservedIp.ipAddress);
  output("nodes", "Names of the droplets", {
    load_balancer: site.loadBalancers.group.nodeNames,
    web: site.web.group.nodeNames,
    app: site.app.group.nodeNames,
  });
  const price = monthlyPrice(settings);
  if (price !== undefined) output("monthly_usd", "List price of droplets and databases, without traffic", price);
}

function monthlyPrice(settings: WebInfrastructureSettings): number | undefined {
  const databaseSize = settings.databaseSize ?? postgresDefaults.size;
  return monthlyPriceUsd([
    { count: settings.loadBalancers ?? defaultNodes, size: settings.loadBalancerSize ?? defaultLoadBalancerSize },
    { count: settings.webNodes ?? defaultNodes, size: settings.webSize ?? defaultWebSize },
    { count: settings.appNodes ?? defaultNodes, size: settings.appSize ?? defaultAppSize },
    { count: settings.databaseNodes ?? postgresDefaults.nodes, size: databaseSize },
    { count: settings.readReplicas ?? postgresDefaults.readReplicas, size: settings.replicaSize ?? databaseSize },
  ]);
}
