import { Construct } from "constructs";
import { type StaticContent, webUserData } from "../cloud-init/web/user-data";
import { NodeGroup, type TierProps } from "./node-group";

export interface WebTierProps extends TierProps {
  /** Public name of the site. */
  readonly hostname: string;
  /** Droplet size slug. @default "s-1vcpu-1gb" */
  readonly size?: string;
  /** Nodes that are replaced at the same time. @default 1 */
  readonly batchSize?: number;
  /** Sensitive: DigitalOcean token that may list droplets by tag. */
  readonly discoveryToken: string;
  /** What Nginx serves itself. @default the demo's directory */
  readonly staticContent?: StaticContent;
  /** Path that an app node answers with 200 while it can serve. @default "/healthz" */
  readonly appHealthPath?: string;
}

/** Size of a web node when nothing is said. */
export const defaultWebSize = "s-1vcpu-1gb";
/**
 * More is taken for a typing error. Each node asks DigitalOcean's API for the app nodes, all with one token: at 50 the
 * limit of requests an hour makes them ask every 80 s or so instead of every 10 s, and more would see changes later.
 */
export const maximumWebNodes = 50;

/**
 * Nginx for static content, and a local HAProxy towards the app nodes. At the default size 6 USD a month for each node.
 * Static content, token, size, image and files of the tier replace the nodes.
 */
export class WebTier extends Construct {
  public readonly group: NodeGroup;

  public constructor(scope: Construct, id: string, props: WebTierProps) {
    super(scope, id);
    this.group = new NodeGroup(this, "Resource", {
      ...props,
      tier: "web",
      size: props.size ?? defaultWebSize,
      maximumNodes: maximumWebNodes,
      userData: renderUserData(props),
    });
  }
}

function renderUserData(props: WebTierProps): string {
  return webUserData({
    tags: props.tags.names,
    readinessToken: props.readiness.token,
    extraFiles: props.extraFiles,
    extraPackages: props.extraPackages,
    hostname: props.hostname,
    discoveryToken: props.discoveryToken,
    staticContent: props.staticContent,
    appHealthPath: props.appHealthPath,
  });
}
