import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import {
  type LoadBalancerContents,
  type LoadBalancerSettings,
  type SiteHostname,
  checkAddress,
  loadBalancerContentsChecks,
  loadBalancerFiles,
  loadBalancerUserData,
  siteHostnameChecks,
} from "../cloud-init/load-balancer/user-data";
import { checkToken } from "../cloud-init/node-settings";
import { checkCertificates, checkPem } from "../cloud-init/pem";
import { throwProblems } from "../cloud-init/problems";
import { checkRequestTimeout } from "../cloud-init/request-limits";
import { checkBoolean, checkEach } from "../cloud-init/value-checks";
import { type MaintenanceSettings, checkMaintenance, maintenanceTags } from "./maintenance";
import {
  NodeGroup,
  type TierPlacement,
  nodeCountChecks,
  nodeGroupChecks,
  placementRequired,
  tierPlacementChecks,
} from "./node-group";
import { warnOfReplacedFiles } from "./replaced-files";
import { checkHostname } from "./settings-checks";
import { only, withDefaults } from "./with-defaults";

/** What can be set of the load balancers. */
export interface LoadBalancerPairSettings extends LoadBalancerContents {
  /** How many, 2 or 3. @default 2 */
  readonly nodes?: number;
  /** Droplet size slug. @default "s-1vcpu-1gb" */
  readonly size?: string;
}

export interface LoadBalancerPairProps extends LoadBalancerPairSettings, TierPlacement {
  /** Public name of the site. */
  readonly hostname: string;
  /** Its further names. @default none */
  readonly otherHostnames?: readonly SiteHostname[];
  /** The IPv4 address that one of the load balancers holds. */
  readonly reservedIp: string;
  /** Sensitive: DigitalOcean token that may move the reserved IP. */
  readonly failoverToken: string;
  /** Sensitive: DigitalOcean token that may list droplets by tag. */
  readonly discoveryToken: string;
  /** PEM certificate that the load balancers show to Cloudflare. */
  readonly certificate: string;
  /** Sensitive: PEM key of that certificate. */
  readonly privateKey: string;
  /** PEM certificates of the authorities that may sign Cloudflare's client certificate; no one else is let in. */
  readonly clientAuthorities: string;
  /** Seconds that the application may be silent: what the `WebTier` is told. @default 100 */
  readonly requestTimeoutSeconds?: number;
  /** Whether web nodes have static content: a file that one of them has not got is then asked of the others. @default false */
  readonly webFiles?: boolean;
  /** A page in the place of the site, turned on and off in place, by tags of the droplets. @default false */
  readonly maintenance?: MaintenanceSettings | false;
}

export const loadBalancerPairDefaults = { nodes: 2, size: "s-1vcpu-1gb" };

/** More members than a pair only wait longer for their turn. */
export const maximumLoadBalancers = 3;

/** Checks of the load balancers' settings. */
export function loadBalancerPairChecks(allowsSingle?: boolean): Checks<LoadBalancerPairSettings> {
  const { nodes, size } = nodeCountChecks(maximumLoadBalancers, allowsSingle);
  return { nodes, size, ...loadBalancerContentsChecks };
}

const pairRequired = [
  ...placementRequired,
  "hostname",
  "reservedIp",
  "failoverToken",
  "discoveryToken",
  "certificate",
  "privateKey",
  "clientAuthorities",
] as const;

function pairPropsChecks(props: LoadBalancerPairProps): Checks<LoadBalancerPairProps> {
  return {
    ...tierPlacementChecks,
    ...loadBalancerPairChecks(props?.allowSinglePointsOfFailure),
    hostname: checkHostname,
    otherHostnames: (path, names) =>
      checkEach(path, names, (at, name) => checkGroup(at, name, siteHostnameChecks, { required: ["hostname"] })),
    reservedIp: checkAddress,
    failoverToken: checkToken,
    discoveryToken: checkToken,
    certificate: checkCertificates,
    privateKey: checkPem,
    clientAuthorities: checkCertificates,
    requestTimeoutSeconds: checkRequestTimeout,
    webFiles: checkBoolean,
    maintenance: checkMaintenance,
  };
}

/**
 * HAProxy and keepalived on two droplets (or three), one of which holds the reserved IP. At the default size 12 USD a
 * month. Replaced one by one: certificate, tokens, size, image and files of the tier all replace them.
 */
export class LoadBalancerPair extends Construct {
  /** The droplets, and what waits until they are ready. */
  public readonly group: NodeGroup;
  private readonly otherTags: string[] = [];

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: LoadBalancerPairProps,
  ) {
    super(scope, id);
    throwProblems(checkGroup("", props, pairPropsChecks(props), { required: pairRequired }));
    this.group = new NodeGroup(this, "Resource", {
      ...only(nodeGroupChecks(maximumLoadBalancers), withDefaults(loadBalancerPairDefaults, props)),
      tier: "load-balancer",
      extraTags: [...(props.extraTags ?? []), ...maintenanceTags(props.maintenance)],
      maximumNodes: maximumLoadBalancers,
      // Two at once would leave nobody to take the address over.
      batchSize: 1,
      userData: loadBalancerUserData(this.settings),
    });
    warnOfReplacedFiles(this, loadBalancerFiles, this.settings);
  }

  /** Lets the readiness of the nodes with this tag be asked through the load balancers, which that replaces. */
  public addTier(tag: string): void {
    this.otherTags.push(tag);
    this.group.setUserData(loadBalancerUserData(this.settings));
  }

  private get settings(): LoadBalancerSettings {
    const { props } = this;
    return {
      ...only(loadBalancerContentsChecks, props),
      tags: props.tags.names,
      otherTags: this.otherTags,
      readinessToken: props.readiness.token,
      hostname: props.hostname,
      otherHostnames: props.otherHostnames,
      reservedIp: props.reservedIp,
      failoverToken: props.failoverToken,
      discoveryToken: props.discoveryToken,
      certificate: props.certificate,
      privateKey: props.privateKey,
      clientAuthority: props.clientAuthorities,
      requestTimeoutSeconds: props.requestTimeoutSeconds,
      webFiles: props.webFiles,
    };
  }
}
