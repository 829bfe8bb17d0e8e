import { Construct } from "constructs";
import { type Application, appUserData } from "../cloud-init/app/user-data";
import { NodeGroup, type TierProps } from "./node-group";

export interface AppTierProps extends TierProps {
  /** Droplet size slug. @default "s-1vcpu-2gb" */
  readonly size?: string;
  /** Nodes that are replaced at the same time. @default 1 */
  readonly batchSize?: number;
  /** What runs on the nodes. @default the demo */
  readonly application?: Application;
  /** Sensitive: libpq URL for writes. */
  readonly writeUrl: string;
  /** Sensitive: libpq URL for reads. */
  readonly readUrl: string;
  /** Sensitive: libpq URL of the administrator, with which nodes grant the application's user what it needs. */
  readonly adminUrl: string;
  /** PEM certificate of the authority that signs the databases' certificates. */
  readonly databaseAuthority: string;
}

/** Size of an app node when nothing is said. */
export const defaultAppSize = "s-1vcpu-2gb";
/** More is taken for a typing error: replaced one by one, so many nodes take hours. */
export const maximumAppNodes = 20;

/**
 * The application on its droplets. At the default size 12 USD a month for each node. Another image or environment of
 * the application, another database user, and size, image and files of the tier replace the nodes.
 */
export class AppTier extends Construct {
  public readonly group: NodeGroup;

  public constructor(scope: Construct, id: string, props: AppTierProps) {
    super(scope, id);
    this.group = new NodeGroup(this, "Resource", {
      ...props,
      tier: "app",
      size: props.size ?? defaultAppSize,
      maximumNodes: maximumAppNodes,
      userData: renderUserData(props),
    });
  }
}

function renderUserData(props: AppTierProps): string {
  return appUserData({
    tags: props.tags.names,
    readinessToken: props.readiness.token,
    extraFiles: props.extraFiles,
    extraPackages: props.extraPackages,
    application: props.application,
    writeUrl: props.writeUrl,
    readUrl: props.readUrl,
    adminUrl: props.adminUrl,
    databaseAuthority: props.databaseAuthority,
  });
}
