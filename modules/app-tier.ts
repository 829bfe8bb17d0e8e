import { Construct } from "constructs";
import { type DatabaseConnection, checkDatabase, databaseChecks } from "../cloud-init/app/endpoints";
import {
  type AppContents,
  type AppSettings,
  appContentsChecks,
  appFiles,
  appUserData,
} from "../cloud-init/app/user-data";
import { canaryDefaults } from "../cloud-init/app/canary";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { throwProblems } from "../cloud-init/problems";
import {
  NodeGroup,
  type RollOutSettings,
  type TierPlacement,
  nodeCountChecks,
  nodeGroupChecks,
  placementRequired,
  rollOutDefaults,
  tierPlacementChecks,
} from "./node-group";
import { warnOfReplacedFiles } from "./replaced-files";
import { only, withDefaults } from "./with-defaults";

/** What can be set of the app nodes. */
export interface AppTierSettings extends AppContents, RollOutSettings {
  /** How many, 2 to 20. @default 2 */
  readonly nodes?: number;
  /** Droplet size slug. @default "s-1vcpu-2gb" */
  readonly size?: string;
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
  };
}

function appTierPropsChecks(props: AppTierProps): Checks<AppTierProps> {
  return {
    ...tierPlacementChecks,
    ...appTierChecks(props?.allowSinglePointsOfFailure),
    database: checkDatabase,
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
    throwProblems(checkGroup("", props, appTierPropsChecks(props), { required: [...placementRequired, "database"] }));
    const settings = appSettings(props);
    this.group = new NodeGroup(this, "Resource", {
      ...only(nodeGroupChecks(maximumAppNodes), withDefaults(appTierDefaults, props)),
      tier: "app",
      maximumNodes: maximumAppNodes,
      userData: appUserData(settings),
      limitSeconds: limitSecondsOf(props),
    });
    warnOfReplacedFiles(this, appFiles, settings);
  }
}

/** Being tried out takes nothing from the time that a node has to become ready. */
function limitSecondsOf({ canary, readiness }: AppTierProps): number | undefined {
  return canary ? readiness.limitSeconds + (canary.durationSeconds ?? canaryDefaults.durationSeconds) : undefined;
}

function appSettings(props: AppTierProps): AppSettings {
  return {
    ...only(appContentsChecks, props),
    tags: props.tags.names,
    readinessToken: props.readiness.token,
    hostname: props.readiness.hostname,
    database: only(databaseChecks, props.database),
  };
}
