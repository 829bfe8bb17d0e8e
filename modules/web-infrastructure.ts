import { type ITerraformDependable, TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Application } from "../cloud-init/app/user-data";
import { Hostname } from "../cloud-init/hostname";
import type { ExtraFile } from "../cloud-init/node-settings";
import { throwProblems } from "../cloud-init/problems";
import type { StaticContent } from "../cloud-init/web/user-data";
import { AppTier, defaultAppSize } from "./app-tier";
import { Firewalls } from "./firewalls";
import { LoadBalancerPair, defaultLoadBalancerSize } from "./load-balancer-pair";
import { Monitoring } from "./monitoring";
import { nameFromHostname } from "./naming";
import { Network } from "./network";
import { defaultNodes } from "./node-group";
import { PostgresCluster, postgresDefaults } from "./postgres-cluster";
import { PublicHostname } from "./public-hostname";
import { Readiness } from "./readiness";
import { ReservedAddress } from "./reserved-address";
import { monthlyPriceUsd } from "./sizes-and-prices";
import { Stack } from "./stack";
import { TierTags } from "./tier-tags";
import { checkWebInfrastructure } from "./web-infrastructure-checks";
import { WebTier, defaultWebSize } from "./web-tier";

export interface WebInfrastructureProps {
  /** Public name of the site, `www.example.com`. */
  readonly hostname: string;
  /** Id of the Cloudflare zone that the name is in, 32 hexadecimal digits. */
  readonly zoneId: string;

  /** What all names in the account begin with; another one replaces nearly everything. @default from the host name */
  readonly name?: string;
  /** DigitalOcean region slug; another one is refused while the database is protected. @default "fra1" */
  readonly region?: string;
  /** Addresses of the VPC, /16 to /24, unused by other VPCs of the account. @default "10.112.0.0/20" */
  readonly vpcIpRange?: string;
  /** Image slug of all droplets; the files for the hosts are written for Debian 13. @default "debian-13-x64" */
  readonly image?: string;
  /** Ids or fingerprints of SSH keys of the account. @default none: DigitalOcean mails a root password instead */
  readonly sshKeys?: readonly string[];
  /** Networks from which every node may be reached by SSH. @default none */
  readonly sshSources?: readonly string[];
  /** Minutes that a new node may take until it is ready. @default 10 */
  readonly readinessLimitMinutes?: number;
  /** Oldest TLS version for visitors, "1.2" or "1.3". @default "1.2" */
  readonly minimumTlsVersion?: string;
  /** Who gets alerts; confirmed addresses of the DigitalOcean account. @default the account's own address */
  readonly alertEmails?: readonly string[];

  /** Sensitive: DigitalOcean token that moves the reserved IP. @default the `Stack`'s variable */
  readonly failoverToken?: string;
  /** Sensitive: DigitalOcean token that lists droplets by tag. @default the `Stack`'s variable */
  readonly discoveryToken?: string;

  /** 2 or 3. @default 2 */
  readonly loadBalancers?: number;
  /** Droplet size slug. @default "s-1vcpu-1gb" */
  readonly loadBalancerSize?: string;
  /** Whether load balancers ask for the site through Cloudflare before they move the address. @default true */
  readonly edgeWitness?: boolean;
  /** Files of yours on load balancers. @default none */
  readonly loadBalancerExtraFiles?: readonly ExtraFile[];
  /** Debian packages on load balancers, besides ours. @default none */
  readonly loadBalancerExtraPackages?: readonly string[];

  /** 2 to 20. @default 2 */
  readonly webNodes?: number;
  /** Droplet size slug. @default "s-1vcpu-1gb" */
  readonly webSize?: string;
  /** Web nodes that are replaced at the same time. @default 1 */
  readonly webBatchSize?: number;
  /** What Nginx serves itself. @default the demo's directory */
  readonly staticContent?: StaticContent;
  /** Files of yours on web nodes. @default none */
  readonly webExtraFiles?: readonly ExtraFile[];
  /** Debian packages on web nodes, besides ours. @default none */
  readonly webExtraPackages?: readonly string[];

  /** 2 to 20. @default 2 */
  readonly appNodes?: number;
  /** Droplet size slug. @default "s-1vcpu-2gb" */
  readonly appSize?: string;
  /** App nodes that are replaced at the same time. @default 1 */
  readonly appBatchSize?: number;
  /** What runs on app nodes. @default the demo */
  readonly application?: Application;
  /** Files of yours on app nodes. @default none */
  readonly appExtraFiles?: readonly ExtraFile[];
  /** Debian packages on app nodes, besides ours. @default none */
  readonly appExtraPackages?: readonly string[];

  /** Plan of the primary and its standbys. @default "db-s-1vcpu-2gb" */
  readonly databaseSize?: string;
  /** Primary and standbys together, 2 or 3. @default 2 */
  readonly databaseNodes?: number;
  /** 1 to 5. @default 2 */
  readonly readReplicas?: number;
  /** Plan of a read replica. @default the primary's */
  readonly replicaSize?: string;
  /** @default "app" */
  readonly databaseName?: string;
  /** @default "app" */
  readonly databaseUser?: string;
  /** Server connections of the pool through which the application writes. @default 20 */
  readonly poolSize?: number;
  /** When a client gives its server connection back. @default "transaction" */
  readonly poolMode?: "session" | "transaction" | "statement";
  /** Day of DigitalOcean's updates of the database, in lower case. @default "sunday" */
  readonly maintenanceDay?: string;
  /** Time of those updates, "HH:MM" in UTC. @default "04:00" */
  readonly maintenanceHour?: string;
}

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

/** Settings with what stands for the ones that were left out and are needed in more than one place. */
export type Settings = WebInfrastructureProps &
  Required<Pick<WebInfrastructureProps, "name" | "region" | "vpcIpRange" | "failoverToken" | "discoveryToken">>;

function withDefaults(scope: Construct, props: WebInfrastructureProps): Settings {
  const hostname = tryNormalize(props.hostname);
  const stack = TerraformStack.of(scope);
  const variables = stack instanceof Stack ? stack : { failoverToken: "", discoveryToken: "" };
  return {
    ...props,
    hostname: hostname ?? props.hostname,
    // A wrong host name is one problem, and not a wrong name as well.
    name: props.name ?? nameFromHostname(hostname ?? "site"),
    region: props.region ?? "fra1",
    vpcIpRange: props.vpcIpRange ?? "10.112.0.0/20",
    failoverToken: props.failoverToken ?? variables.failoverToken,
    discoveryToken: props.discoveryToken ?? variables.discoveryToken,
  };
}

/** In lower case, as Cloudflare stores names; undefined for what is no host name. */
function tryNormalize(hostname: string): string | undefined {
  try {
    return Hostname.parse(hostname).toString();
  } catch {
    return undefined;
  }
}

function createFirewalls(site: WebInfrastructure, settings: Settings): Firewalls {
  return new Firewalls(site, "firewalls", {
    name: settings.name,
    tags: site.tags,
    vpc: site.network.vpc,
    reservedIp: site.address.reservedIp,
    sshSources: settings.sshSources,
  });
}

function createReadiness(site: WebInfrastructure, settings: Settings): Readiness {
  const { loadBalancer, web, app } = site.firewalls;
  const publicPath: ITerraformDependable[] = [...site.publicHostname.ready, loadBalancer, web, app];
  return new Readiness(site, "readiness", {
    hostname: settings.hostname,
    publicPath,
    limitMinutes: settings.readinessLimitMinutes,
  });
}

function createDatabase(site: WebInfrastructure, settings: Settings): PostgresCluster {
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

function createLoadBalancers(site: WebInfrastructure, settings: Settings): LoadBalancerPair {
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
    clientAuthority: site.publicHostname.clientAuthority,
    edgeWitness: settings.edgeWitness,
  });
}

function createWeb(site: WebInfrastructure, settings: Settings): WebTier {
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

function createApp(site: WebInfrastructure, settings: Settings): AppTier {
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

function everyTier(site: WebInfrastructure, { name, region, image, sshKeys }: Settings) {
  return { name, region, image, sshKeys, vpc: site.network.vpc, tags: site.tags, readiness: site.readiness };
}

function createMonitoring(site: WebInfrastructure, settings: Settings): Monitoring {
  return new Monitoring(site, "monitoring", {
    name: settings.name,
    hostname: settings.hostname,
    tags: site.tags,
    databaseCluster: site.database.cluster,
    emails: settings.alertEmails,
  });
}

function createOutputs(site: WebInfrastructure, settings: Settings): void {
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

function monthlyPrice(settings: Settings): number | undefined {
  const databaseSize = settings.databaseSize ?? postgresDefaults.size;
  return monthlyPriceUsd([
    { count: settings.loadBalancers ?? defaultNodes, size: settings.loadBalancerSize ?? defaultLoadBalancerSize },
    { count: settings.webNodes ?? defaultNodes, size: settings.webSize ?? defaultWebSize },
    { count: settings.appNodes ?? defaultNodes, size: settings.appSize ?? defaultAppSize },
    { count: settings.databaseNodes ?? postgresDefaults.nodes, size: databaseSize },
    { count: settings.readReplicas ?? postgresDefaults.readReplicas, size: settings.replicaSize ?? databaseSize },
  ]);
}
