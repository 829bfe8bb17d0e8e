import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { checkToken } from "../cloud-init/node-settings";
import { throwProblems } from "../cloud-init/problems";
import { checkBoolean, checkEach } from "../cloud-init/value-checks";
import { tiersOf } from "../cloud-init/web/routes";
import {
  type WebContents,
  type WebSettings,
  webContentsChecks,
  webFiles,
  webUserData,
} from "../cloud-init/web/user-data";
import { tierName } from "./naming";
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
import { checkHostname } from "./settings-checks";
import { warnOfReplacedFiles } from "./replaced-files";
import { only, withDefaults } from "./with-defaults";

/** What can be set of the web nodes. */
export interface WebTierSettings extends WebContents, RollOutSettings {
  /** How many, 2 to 50. @default 2 */
  readonly nodes?: number;
  /** Droplet size slug. @default "s-1vcpu-1gb" */
  readonly size?: string;
}

export interface WebTierProps extends WebTierSettings, TierPlacement {
  /** Sensitive: DigitalOcean token that may list droplets by tag. */
  readonly discoveryToken: string;
  /** Names that the site has by themselves; a route to `*.example.com` is for none of them. @default none */
  readonly hostnames?: readonly string[];
  /** Whether the `AppTier` judges a new version by what web nodes tell of its answers (`canary`). @default false */
  readonly canary?: boolean;
}

export const webTierDefaults = { nodes: 2, size: "s-1vcpu-1gb", ...rollOutDefaults };

/**
 * More is taken for a typing error. Each node asks DigitalOcean's API for the app nodes, all with one token: at 50 the
 * limit of requests an hour makes them ask every 80 s or so instead of every 10 s, and more would see changes later.
 */
export const maximumWebNodes = 50;

/** Checks of the web nodes' settings. */
export function webTierChecks(allowsSingle?: boolean): Checks<WebTierSettings> {
  return { ...nodeCountChecks(maximumWebNodes, allowsSingle), ...webContentsChecks };
}

function webTierPropsChecks(props: WebTierProps): Checks<WebTierProps> {
  return {
    ...tierPlacementChecks,
    ...webTierChecks(props?.allowSinglePointsOfFailure),
    discoveryToken: checkToken,
    hostnames: (path, names) => checkEach(path, names, checkHostname),
    canary: checkBoolean,
  };
}

/**
 * Nginx for static content, and a local HAProxy towards the app nodes and other tiers that `routes` name. At the default size 6 USD a month for each node.
 * Static content, token, size, image and files of the tier replace the nodes.
 */
export class WebTier extends Construct {
  /** The droplets, and what waits until they are ready. */
  public readonly group: NodeGroup;

  public constructor(scope: Construct, id: string, props: WebTierProps) {
    super(scope, id);
    throwProblems(
      checkGroup("", props, webTierPropsChecks(props), { required: [...placementRequired, "discoveryToken"] }),
    );
    const settings = webSettings(props);
    this.group = new NodeGroup(this, "Resource", {
      ...only(nodeGroupChecks(maximumWebNodes), withDefaults(webTierDefaults, props)),
      tier: "web",
      maximumNodes: maximumWebNodes,
      userData: webUserData(settings),
    });
    warnOfReplacedFiles(this, webFiles, settings);
  }
}

function webSettings(props: WebTierProps): WebSettings {
  const tiers = tiersOf(props.routes ?? []);
  return {
    ...only(webContentsChecks, props),
    hostnames: props.hostnames,
    tierTags: Object.fromEntries(tiers.map((tier) => [tier, tierName(props.name, tier)])),
    tags: props.tags.names,
    readinessToken: props.readiness.token,
    discoveryToken: props.discoveryToken,
    canary: props.canary,
  };
}
