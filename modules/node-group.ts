import { Droplet } from "@cdktf/provider-digitalocean/lib/droplet";
import { ProjectResources } from "@cdktf/provider-digitalocean/lib/project-resources";
import { dependable, type ITerraformDependable, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import type { Checks } from "../cloud-init/check-group";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { nodeIds, nodeName } from "./naming";
import type { VpcReference } from "./network";
import type { Readiness } from "./readiness";
import { ReadinessGate } from "./readiness-gate";
import { checkEach } from "../cloud-init/value-checks";
import {
  type Region,
  checkCount,
  checkDropletSize,
  checkId,
  checkName,
  checkPattern,
  checkRedundancy,
  checkRegion,
} from "./settings-checks";
import { TerraformData } from "./terraform-data";
import type { TierTags } from "./tier-tags";
import { withDefaults } from "./with-defaults";

/** Where the droplets of a tier are, and what they belong to. An infrastructure supplies it to its tiers. */
export interface TierPlacement extends DropletSettings {
  /** What the droplets' names begin with. */
  readonly name: string;
  /** DigitalOcean region slug; another one replaces the droplets. */
  readonly region: Region;
  /** The network of the droplets. */
  readonly vpc: Pick<VpcReference, "id">;
  /** Tags of all tiers: the droplets get their own tier's, and nodes find others by them. */
  readonly tags: TierTags;
  /** What has to be in place before the first droplet is: the tier's firewall. */
  readonly firewall: ITerraformDependable;
  /** How a new droplet says that it is ready, and how long that may take. */
  readonly readiness: Readiness;
  /** Ids or fingerprints of SSH keys of the account. @default none: DigitalOcean mails a root password instead */
  readonly sshKeys?: readonly string[];
  /** Tags of yours on the droplets. @default none */
  readonly extraTags?: readonly string[];
  /** Id of the DigitalOcean project that the droplets are put into. @default the account's default project */
  readonly project?: string;
  /** Whether a tier may have one node, which nothing takes the place of when it fails. @default false */
  readonly allowSinglePointsOfFailure?: boolean;
}

/** What can be set of droplets, the same for those of every tier. */
export interface DropletSettings {
  /** Image slug, or the id of an image; the files for the hosts are written for Debian 13. @default "debian-13-x64" */
  readonly image?: string;
}

/** How nodes are replaced. */
export interface RollOutSettings {
  /** Nodes that are replaced at the same time. @default 1 */
  readonly batchSize?: number;
}

export interface NodeGroupProps extends TierPlacement, RollOutSettings {
  /** The tier that the droplets belong to. */
  readonly tier: string;
  /** How many; at least 2, so that one may fail, or be replaced, at any time. */
  readonly nodes: number;
  /** Droplet size slug. Another one replaces the nodes, because DigitalOcean resizes a droplet only while it is off. */
  readonly size: string;
  /** Most nodes the tier may have. */
  readonly maximumNodes: number;
  /** The same for every node: one that names a node or a peer would replace the others when a node is added. */
  readonly userData: string;
  /** Seconds that a new node may take until it is ready. @default what the readiness says */
  readonly limitSeconds?: number;
}

export const dropletDefaults = { image: "debian-13-x64" };
export const rollOutDefaults = { batchSize: 1 };

/**
 * The droplets of one tier, replaced without losing a request.
 *
 * Whatever replaces a droplet (user-data, image, size), its successor is created first; nodes of the next batch wait
 * until it is ready, and old droplets are shut down cleanly when all new ones are. A node that does not become ready
 * stops the roll-out with every old node still in service. The price is up to twice the droplets for some minutes: mind
 * the droplet limit of the account. Nodes are taken for stateless: nothing on them survives.
 */
export class NodeGroup extends Construct {
  /** In the order of their ids. */
  public readonly droplets: readonly Droplet[];
  /** In the order of their ids. */
  public readonly nodeNames: readonly string[];
  /** Ready nodes, in the order of their ids. */
  public readonly gates: readonly ReadinessGate[];
  private readonly userData: TerraformLocal;
  private readonly batchSize: number;

  public constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    throwProblems(checkNodeGroup(props));
    const settings = withDefaults({ ...dropletDefaults, ...rollOutDefaults }, props);
    this.batchSize = settings.batchSize;
    const ids = nodeIds(settings.nodes);
    this.nodeNames = ids.map((nodeId) => nodeName(settings.name, settings.tier, nodeId));
    // One copy in the JSON, and a plan that shows one change of it.
    this.userData = new TerraformLocal(this, "user-data", settings.userData);
    const userData = this.userData.asString;
    const size = new TerraformData(this, "size", { triggersReplace: { size: settings.size } });
    const nodes: { droplet: Droplet; gate: ReadinessGate }[] = [];
    ids.forEach((nodeId, i) => {
      const batchOf = (position: number) => Math.floor(position / settings.batchSize);
      const after = nodes.filter((_, j) => batchOf(j) === batchOf(i) - 1).map(({ gate }) => gate.passed);
      nodes.push(createNode(this, nodeId, settings, { userData, size, after }));
    });
    this.droplets = nodes.map(({ droplet }) => droplet);
    this.gates = nodes.map(({ gate }) => gate);
    if (settings.project !== undefined)
      new ProjectResources(this, "project", {
        project: settings.project,
        resources: this.droplets.map(({ urn }) => urn),
      });
  }

  /** Lets new nodes wait until those of another group are ready, and lets old ones of that group outlive ours. */
  public waitFor(other: NodeGroup): void {
    // All others wait for the first ones.
    for (const droplet of this.droplets.slice(0, this.batchSize))
      droplet.dependsOn = [...(droplet.dependsOn ?? []), ...other.gates.map(({ passed }) => dependable(passed))];
  }

  /** Gives the nodes other user-data, for what is learnt only after the group was made. */
  public setUserData(text: string): void {
    this.userData.expression = text;
  }
}

/** Checks of how many nodes a tier has, of which size, and how they are replaced. */
export function nodeCountChecks(
  maximum: number,
  allowsSingle = false,
): Checks<{ readonly nodes?: number; readonly size?: string } & RollOutSettings> {
  return {
    nodes: (path, nodes) => checkRedundancy(path, nodes, { minimum: 2, maximum, allowsSingle }),
    size: checkDropletSize,
    batchSize: (path, batchSize) => checkCount(path, batchSize, 1, maximum),
  };
}

/** Problems of an image slug or id. */
export function checkImage(path: string, image: string): Problem[] {
  return checkPattern(path, image, /^[a-z0-9][a-z0-9-]*$/, `an image such as "${dropletDefaults.image}"`);
}

/** Problems of ids or fingerprints of SSH keys. */
export function checkSshKeys(path: string, keys: readonly string[]): Problem[] {
  const what = "the id or the fingerprint of a key of the account";
  return checkEach(path, keys, (at, key) => checkPattern(at, key, /^(\d+|[0-9a-f]{2}(:[0-9a-f]{2})+)$/, what));
}

function checkNodeGroup(props: NodeGroupProps): Problem[] {
  const { nodes, size, batchSize } = nodeCountChecks(props.maximumNodes, props.allowSinglePointsOfFailure);
  return [
    ...checkName("name", props.name),
    ...checkRegion("region", props.region),
    ...nodes("nodes", props.nodes, props),
    ...batchSize("batchSize", props.batchSize ?? rollOutDefaults.batchSize, props),
    ...size("size", props.size, props),
    ...checkImage("image", props.image ?? dropletDefaults.image),
    ...checkSshKeys("sshKeys", props.sshKeys ?? []),
    ...(props.project === undefined ? [] : checkId("project", props.project)),
  ];
}

interface NodeParts {
  readonly userData: string;
  readonly size: TerraformData;
  /** Gates of the nodes that have to be ready before this one is created. */
  readonly after: readonly ITerraformDependable[];
}

function createNode(
  scope: Construct,
  id: string,
  props: NodeGroupProps & Required<DropletSettings>,
  { userData, size, after }: NodeParts,
) {
  const node = new Construct(scope, id);
  const name = nodeName(props.name, props.tier, id);
  const droplet = new Droplet(node, "Resource", {
    name,
    region: props.region,
    size: props.size,
    image: props.image,
    vpcUuid: props.vpc.id,
    tags: [props.tags.of(props.tier).name, ...(props.extraTags ?? [])],
    sshKeys: props.sshKeys?.length ? [...props.sshKeys] : undefined,
    userData,
    // DigitalOcean's metrics agent: memory and disk alerts have nothing to look at without it.
    monitoring: true,
    // The console's login agent: it would need SSH open towards DigitalOcean.
    dropletAgent: false,
    gracefulShutdown: true,
    // One budget for unlocking, shutting down and deleting; the default of 60 s is too short for the drain.
    timeouts: { delete: "5m" },
    dependsOn: [props.firewall, ...after],
    // An address as text: from the object itself cdktf makes an interpolation, which Terraform does not take here.
    lifecycle: {
      createBeforeDestroy: true,
      replaceTriggeredBy: [`${size.terraformResourceType}.${size.friendlyUniqueId}`],
    },
  });
  const { readiness, limitSeconds } = props;
  const gate = new ReadinessGate(node, "gate", { droplet, nodeName: name, readiness, limitSeconds });
  return { droplet, gate };
}
