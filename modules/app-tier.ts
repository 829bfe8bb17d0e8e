import { Construct } from "constructs";
import { type AppContents, type DatabaseConnection, appContentsChecks, appUserData } from "../cloud-init/app/user-data";
import { canaryDefaults } from "../cloud-init/app/canary";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { throwProblems } from "../cloud-init/problems";
import { checkWhole } from "../cloud-init/value-checks";
import { NodeGroup, type RollOutSettings, type TierPlacement, nodeCountChecks, rollOutDefaults } from "./node-group";
import { only, withDefaults } from "./with-defaults";

/** What can be set of the app nodes. */
export interface AppTierSettings extends AppContents, RollOutSettings {
  /** How many, 2 to 20. @default 2 */
  readonly nodes?: number;
  /** Droplet size slug. @default "s-1vcpu-2gb" */
  readonly size?: string;
  /**
   * Connections that the application on one node keeps to the primary at most, its own pools times its processes, workers
   * among them; 1 to 10000. Then it is counted before anything is made whether the database's plan has enough of them in
   * a roll-out too, when old and new nodes run side by side. @default not counted
   */
  readonly databaseConnections?: number;
}

export interface AppTierProps extends AppTierSettings, TierPlacement {
  /** How the application reaches its database; a `PostgresCluster` is one. */
  readonly database: DatabaseConnection;
}

export const appTierDefaults = { nodes: 2, size: "s-1vcpu-2gb", ...rollOutDefaults };

/** More is taken for a typing error: replaced one by one, so many nodes take hours. */
export const maximumAppNodes = 20;

/** Checks of the app nodes' settings. */
export function appTierChecks(allowsSingle?: boolean): Checks<AppTierSettings> {
  return {
    ...nodeCountChecks(maximumAppNodes, allowsSingle),
    ...appContentsChecks,
    databaseConnections: (path, count) => checkWhole(path, count, 1, 10_000),
  };
}

/**
 * The application on its droplets. At the default size 12 USD a month for each node. Another image or environment of
 * the application, another database user, and size, image and files of the tier replace the nodes.
 */
export class AppTier extends Construct {
  /** The droplets, and what waits until they are ready. */
  public readonly group: NodeGroup;

  public constructor(scope: Construct, id: string, props: AppTierProps) {
    super(scope, id);
    const checks = appTierChecks(props.allowSinglePointsOfFailure);
    throwProblems(checkGroup("", only(checks, props), checks));
    this.group = new NodeGroup(this, "Resource", {
      ...withDefaults(appTierDefaults, props),
      tier: "app",
      maximumNodes: maximumAppNodes,
      userData: renderUserData(props),
      limitSeconds: limitSecondsOf(props),
    });
  }
}

/** Being tried out takes nothing from the time that a node has to become ready. */
function limitSecondsOf({ canary, readiness }: AppTierProps): number | undefined {
  return canary ? readiness.limitSeconds + (canary.durationSeconds ?? canaryDefaults.durationSeconds) : undefined;
}

function renderUserData(props: AppTierProps): string {
  const { url, directUrl, writeUrl, readUrl, adminUrl, authority } = props.database;
  return appUserData({
    ...only(appContentsChecks, props),
    tags: props.tags.names,
    readinessToken: props.readiness.token,
    hostname: props.readiness.hostname,
    database: { url, directUrl, writeUrl, readUrl, adminUrl, authority },
  });
}
