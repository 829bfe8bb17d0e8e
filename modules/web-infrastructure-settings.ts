import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Application } from "../cloud-init/app/user-data";
import { Hostname } from "../cloud-init/hostname";
import type { ExtraFile } from "../cloud-init/node-settings";
import type { StaticContent } from "../cloud-init/web/user-data";
import { nameFromHostname } from "./naming";
import { Stack } from "./stack";

/** What can be set of a `WebInfrastructure`. */
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
  /**
   * Which of the two authorities that load balancers trust signs Cloudflare's client certificate, "first" or "second".
   * @default "first"
   */
  readonly clientAuthority?: "first" | "second";
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

  /** 2 to 50. @default 2 */
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

/** Settings with what stands for the ones that were left out and are needed in more than one place. */
export type WebInfrastructureSettings = WebInfrastructureProps &
  Required<Pick<WebInfrastructureProps, "name" | "region" | "vpcIpRange" | "failoverToken" | "discoveryToken">>;

/** What is left out is filled in: names from the host name, tokens from the `Stack`'s variables. */
export function withDefaults(scope: Construct, props: WebInfrastructureProps): WebInfrastructureSettings {
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
