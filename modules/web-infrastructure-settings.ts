import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { isGroup } from "../cloud-init/value-checks";
import type { AppTierSettings } from "./app-tier";
import { type OtherHostname, normalizeOtherHostnames, tryNormalize } from "./hostnames";
import type { LoadBalancerPairSettings } from "./load-balancer-pair";
import type { MaintenanceSettings } from "./maintenance";
import type { AlertSettings } from "./monitoring";
import { nameFromHostname } from "./naming";
import type { ExistingNetwork, NetworkSettings } from "./network";
import type { DropletSettings } from "./node-group";
import type { ExistingDatabase, PostgresSettings } from "./postgres-cluster";
import type { ReadinessSettings } from "./readiness";
import type { Region } from "./settings-checks";
import { Stack } from "./stack";
import type { Flow } from "./traffic";
import type { WebTierSettings } from "./web-tier";
import { withDefaults } from "./with-defaults";
import type { ZoneSettings } from "./zone";

/** What can be set of a `WebInfrastructure`. */
export interface WebInfrastructureProps extends DropletSettings, ReadinessSettings {
  /** Public name of the site, `www.example.com`. */
  readonly hostname: string;
  /**
   * Further names, of this zone or of others: `example.com` that redirects, an old domain, `*.example.com`. One more or
   * one less replaces the load balancers, one after the other, and loses no request. @default none
   */
  readonly otherHostnames?: readonly OtherHostname[];
  /** The Cloudflare zone that the name is in. */
  readonly zone: ZoneSettings;
  /** What all names in the account begin with; another one replaces nearly everything. @default from the host name */
  readonly name?: string;
  /** DigitalOcean region slug; another one is refused while the database is protected. @default "fra1" */
  readonly region?: Region;
  /** The private network, or a VPC that exists. @default a network of our own */
  readonly network?: NetworkSettings | ExistingNetwork;
  /** The load balancers. @default a pair */
  readonly loadBalancers?: LoadBalancerPairSettings;
  /** The web nodes. @default two; with the demo application they serve its files */
  readonly web?: WebTierSettings;
  /** The app nodes. @default two, with the demo */
  readonly app?: AppTierSettings;
  /** The database, or one that exists. @default primary, standby and two read replicas */
  readonly database?: PostgresSettings | ExistingDatabase;
  /**
   * A second database beside the first, made from its backups: to look at, or to serve the site from then on.
   * @default none
   */
  readonly restoredDatabase?: RestoredDatabaseSettings;
  /** Who is told when something is wrong. @default the account's own address */
  readonly alerts?: AlertSettings;
  /** How people log in to the nodes. @default nobody can */
  readonly ssh?: SshSettings;
  /** What the nodes may ask DigitalOcean for. @default the `Stack`'s variables */
  readonly tokens?: TokenSettings;
  /**
   * A page (503) in the place of the site, for everyone but the networks in `allow`: `{}` for everyone, `false` ends it. Load
   * balancers follow within 20 s; no node is replaced. Deployments and health checks go on. @default false
   */
  readonly maintenance?: MaintenanceSettings | false;
  /** Connections that are allowed besides ours; to those of your own tiers: `site.traffic.allow`. @default none */
  readonly traffic?: readonly Flow[];
  /** Tags of yours on every droplet and on the database. @default none */
  readonly tags?: readonly string[];
  /** Id of the DigitalOcean project that everything is put into. @default the account's default project */
  readonly project?: string;
  /**
   * Allows one node for a tier, a database without a standby, and no read replica, which `nodes` and `readReplicas` then
   * have to ask for. Such a site is down while that node is, or is replaced by hand, and loses what was written since the
   * last backup with the database's server. For staging. @default false
   */
  readonly allowSinglePointsOfFailure?: boolean;
}

/**
 * A database that is made from the backups of the site's own, with the same settings. It costs as much again. Without the
 * setting it is destroyed, which is refused while it serves.
 */
export interface RestoredDatabaseSettings {
  /**
   * The state of this moment of the last seven days, "2026-01-31T19:25:22Z"; read once. It has no default: the newest backup is
   * up to a day old, and now is after whatever made a restore necessary.
   */
  readonly at: string;
  /**
   * Whether the site uses it, in the place of its own. Another value replaces the app nodes, one after the other; what was
   * written into the database that they leave is not in the other one. @default false
   */
  readonly serve?: boolean;
  /**
   * Whether the site's own database stays. `false` destroys it and its backups, and is refused until a deployment with `serve` has
   * moved the site. Another `true` later would make an empty one. @default true
   */
  readonly keepOriginal?: boolean;
}

/** How people log in to the nodes. */
export interface SshSettings {
  /** Ids or fingerprints of SSH keys of the account. @default none: DigitalOcean mails a root password instead */
  readonly keys?: readonly string[];
  /**
   * Networks from which every node may be reached, with a key: there are no passwords. A network larger than a /8 is
   * printed as a warning. @default none
   */
  readonly sources?: readonly string[];
}

/** Sensitive: DigitalOcean tokens of the nodes. */
export interface TokenSettings {
  /** Moves the reserved IP; load balancers have it. @default the `Stack`'s variable `failover_token` */
  readonly failover?: string;
  /** Lists droplets by tag; load balancers and web nodes have it. @default the `Stack`'s variable `discovery_token` */
  readonly discovery?: string;
  /** Reads where the database's servers are; nodes that use it have it. @default the `Stack`'s variable `database_token` */
  readonly database?: string;
}

export const restoredDatabaseDefaults = { serve: false, keepOriginal: true } as const;

export const webInfrastructureDefaults = {
  region: "fra1",
  maintenance: false,
  allowSinglePointsOfFailure: false,
} as const;

/** Settings with what stands for the ones that were left out and are needed in more than one place. */
export interface WebInfrastructureSettings extends WebInfrastructureProps {
  readonly name: string;
  readonly region: Region;
  readonly network: NetworkSettings | ExistingNetwork;
  readonly database: PostgresSettings | ExistingDatabase;
  readonly restoredDatabase:
    | (RestoredDatabaseSettings & Required<Pick<RestoredDatabaseSettings, keyof typeof restoredDatabaseDefaults>>)
    | undefined;
  readonly tokens: Required<TokenSettings>;
}

/** What is left out is filled in: names from the host name, tokens from the `Stack`'s variables. */
export function completeSettings(scope: Construct, props: WebInfrastructureProps): WebInfrastructureSettings {
  if (!isGroup(props)) return props;
  const hostname = tryNormalize(props.hostname);
  const stack = TerraformStack.of(scope);
  const tokens = stack instanceof Stack ? stack.tokens : {};
  return {
    ...withDefaults(webInfrastructureDefaults, props),
    hostname: hostname ?? props.hostname,
    // What is no list is left to the checks.
    otherHostnames: Array.isArray(props.otherHostnames)
      ? normalizeOtherHostnames(props.otherHostnames)
      : props.otherHostnames,
    // A wrong host name is one problem, and not a wrong name as well.
    name: props.name === undefined ? nameFromHostname(hostname ?? "site") : props.name,
    network: props.network === undefined ? {} : props.network,
    database: props.database === undefined ? {} : props.database,
    restoredDatabase: isGroup(props.restoredDatabase)
      ? withDefaults(restoredDatabaseDefaults, props.restoredDatabase)
      : props.restoredDatabase,
    // Empty where there is none, which the checks refuse.
    tokens: completeTokens({ failover: "", discovery: "", database: "", ...tokens }, props.tokens),
  };
}

function completeTokens(defaults: Required<TokenSettings>, tokens: TokenSettings = {}): Required<TokenSettings> {
  return isGroup(tokens) ? withDefaults(defaults, tokens) : tokens;
}

export function isExistingNetwork(network: NetworkSettings | ExistingNetwork): network is ExistingNetwork {
  return isGroup(network) && "vpc" in network;
}

export function isExistingDatabase(database: PostgresSettings | ExistingDatabase): database is ExistingDatabase {
  return isGroup(database) && ["writeUrl", "authority"].some((name) => name in database);
}
