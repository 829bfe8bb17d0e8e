import { Construct } from "constructs";
import { databaseChecks } from "../cloud-init/app/endpoints";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import {
  type OtherContents,
  type OtherSettings,
  checkRouted,
  otherContentsChecks,
  otherFiles,
  otherUserData,
} from "../cloud-init/other/user-data";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { checkBoolean, isGroup, shown, shownKind } from "../cloud-init/value-checks";
import { normalizeRoutes, type Route } from "../cloud-init/web/routes";
import { isName, maximumTierNameLength } from "./naming";
import { NodeGroup, type RollOutSettings, nodeCountChecks, nodeGroupChecks, rollOutDefaults } from "./node-group";
import { warnOfReplacedFiles } from "./replaced-files";
import { outsides } from "./traffic";
import { WebInfrastructure } from "./web-infrastructure";
import { only, withDefaults } from "./with-defaults";

export interface TierProps extends OtherContents, RollOutSettings {
  /** How many, 2 to 50. @default 2 */
  readonly nodes?: number;
  /** Droplet size slug. @default "s-1vcpu-1gb" */
  readonly size?: string;
  /**
   * Whether the nodes may reach the site's database. A container may, because it is told the database's URLs.
   * @default true for a container, false otherwise
   */
  readonly usesDatabase?: boolean;
}

export const tierDefaults = { nodes: 2, size: "s-1vcpu-1gb", ...rollOutDefaults };

const maximumNodes = 50;

/**
 * Droplets of a kind of your own, beside load balancers, web and app nodes: workers, a cache, a mail relay. At the
 * default size 6 USD a month for each node.
 *
 * The tier gets a tag `<name>-<id>`, a firewall, alerts, and readiness gates, and is replaced like the others. Its
 * firewall lets nobody in but the load balancers, which ask for readiness: `site.traffic.allow` opens more, with the
 * construct's id as the name of the tier. Its nodes are in `site.network`; what they are told is in `workload`.
 *
 * If the site's `web.routes` name the tier, it answers visitors: web nodes reach it on port 8000, whatever `port` is, ask
 * how its workload is, and are themselves replaced only when its new nodes are ready.
 *
 * To add it to a site that runs replaces the load balancers, which have to know its tag, one by one; until that is done,
 * nobody can ask for the tier's nodes. So they may take twice `readinessLimitMinutes` until they are ready.
 */
export class Tier extends Construct {
  /** The droplets, and what waits until they are ready. */
  public readonly group: NodeGroup;
  /** Name of the DigitalOcean tag that the droplets carry. */
  public readonly tag: string;

  public constructor(site: WebInfrastructure, id: string, props: TierProps) {
    throwProblems(checkScope(site));
    const routes = site.routesTo(id);
    const isRouted = routes.length > 0;
    throwProblems([
      ...checkTierName(id, site.traffic.tiers),
      ...checkTier(site, props),
      ...(isGroup(props?.workload) ? checkRouted({ workload: props.workload, isRouted }) : []),
    ]);
    super(site, id);
    const settings = withDefaults(tierDefaults, props);
    const usesDatabase = settings.usesDatabase ?? settings.workload.kind === "container";
    this.tag = site.addTier(id, { usesDatabase, size: settings.size, nodes: settings.nodes });
    const placement = site.placementOf(id);
    const nodeSettings: OtherSettings = {
      tags: site.tags.names,
      readinessToken: site.readiness.token,
      hostname: hostnameOf(routes) ?? site.readiness.hostname,
      isRouted,
      tag: this.tag,
      ...only(otherContentsChecks, settings),
      database: usesDatabase ? { ...only(databaseChecks, site.database), adminUrl: undefined } : undefined,
    };
    this.group = new NodeGroup(this, "Resource", {
      ...placement,
      ...only(nodeGroupChecks(maximumNodes), settings),
      tier: id,
      maximumNodes,
      // The first time, the load balancer with the address does not know the tag, and cannot pass the question on, until
      // its own tier has been replaced. Not by a dependency: the old load balancers would then have to wait for this tier,
      // and this tier for them.
      limitSeconds: 2 * site.readiness.limitSeconds,
      userData: otherUserData(nodeSettings),
    });
    warnOfReplacedFiles(this, otherFiles, nodeSettings);
    // A route leads nowhere before its tier is ready, nor after it has gone.
    if (isRouted) site.web.group.waitFor(this.group);
  }
}

/** A name by which visitors come, if a route has one: applications that check hosts know no other. */
function hostnameOf(routes: readonly Route[]): string | undefined {
  return normalizeRoutes(routes)
    .map(({ hostname }) => hostname)
    .find((hostname) => hostname !== undefined && !hostname.startsWith("*."));
}

/** It becomes a part of host names, and stands in the traffic table beside the others. */
function checkTierName(id: string, taken: readonly string[]): Problem[] {
  if ([...taken, ...outsides, "database"].includes(id))
    return [{ path: "id", message: `must be unused, got ${shown(id)}, choose another name` }];
  if (isName(id, maximumTierNameLength)) return [];
  const allowed = `lower-case letters, digits and inner hyphens, a letter first, at most ${maximumTierNameLength}`;
  return [{ path: "id", message: `must be ${allowed}, got ${shown(id)}` }];
}

function checkScope(site: WebInfrastructure): Problem[] {
  return site instanceof WebInfrastructure
    ? []
    : [{ path: "scope", message: `must be the WebInfrastructure that the tier belongs to, got ${shownKind(site)}` }];
}

function checkTier({ allowSinglePointsOfFailure }: WebInfrastructure, props: TierProps): Problem[] {
  const checks: Checks<TierProps> = {
    ...nodeCountChecks(maximumNodes, allowSinglePointsOfFailure),
    ...otherContentsChecks,
    usesDatabase: (path, uses, { workload }) => {
      const problems = checkBoolean(path, uses);
      return problems.length > 0 || uses || workload?.kind !== "container"
        ? problems
        : [{ path, message: "must be true for a container, which is told the database's URLs, got false" }];
    },
  };
  return checkGroup("", props, checks, { required: ["workload"] });
}
