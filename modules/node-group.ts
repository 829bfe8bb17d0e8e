import { Droplet } from "@cdktf/provider-digitalocean/lib/droplet";
import { ProjectResources } from "@cdktf/provider-digitalocean/lib/project-resources";
import { dependable, type ITerraformDependable, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { earlyPart, isLate } from "../cloud-init/late-values";
import { checkTag } from "../cloud-init/node-settings";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { nodeIds, nodeName } from "./naming";
import { type VpcReference, checkVpcId } from "./network";
import { Readiness } from "./readiness";
import { ReadinessGate } from "./readiness-gate";
import {
  checkContent,
  checkEach,
  checkId,
  checkPattern as checkKnown,
  checkBoolean,
  checkWhole,
  shown,
  checkInstanceOf,
} from "../cloud-init/value-checks";
import {
  type Region,
  checkCount,
  checkDropletSize,
  checkDependable,
  checkName,
  checkPattern,
  checkRedundancy,
  checkRegion,
} from "./settings-checks";
import { TerraformData } from "./terraform-data";
import { type TierTags, checkTags } from "./tier-tags";
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
  /**
   * Image slug of Debian 13 or later, for which the files for the hosts are written, or the id of an image of yours that is
   * made of one. @default "debian-13-x64"
   */
  readonly image?: string;
}

/** How nodes are replaced. */
export interface RollOutSettings {
  /** Nodes that are replaced at the same time, at most as many as there are. @default 1 */
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
    batchSize: (path, batchSize, { nodes = 2 }) => {
      const problems = checkCount(path, batchSize, 1, maximum);
      return problems.length > 0 || !(Number.isInteger(nodes) && nodes >= (allowsSingle ? 1 : 2)) || batchSize <= nodes
        ? problems
        : [{ path, message: `must be at most the number of nodes, which is ${nodes}, got ${batchSize}` }];
    },
  };
}

/** Problems of an image slug or id. */
export function checkImage(path: string, image: string): Problem[] {
  const problems = checkPattern(
    path,
    image,
    /^[a-z0-9][a-z0-9-]{0,99}$/,
    `an image such as "${dropletDefaults.image}"`,
  );
  if (problems.length > 0 || isLate(image) || isDebian(image)) return problems;
  const message = `must be Debian ${oldestDebian} or later, or the id of such an image, got ${shown(image)}`;
  return [{ path, message: `${message}: its packages are not those that the files for the hosts are written for` }];
}

const oldestDebian = 13;

/** Images of one's own have no slug, and what is in them is for whoever made them to know. */
function isDebian(image: string): boolean {
  return /^\d+$/.test(image) || Number(/^debian-(\d+)-/.exec(image)?.[1]) >= oldestDebian;
}

/** Problems of ids or fingerprints of SSH keys. */
export function checkSshKeys(path: string, keys: readonly string[]): Problem[] {
  const what = "the id or the fingerprint of a key of the account";
  return checkEach(path, keys, (at, key) =>
    checkPattern(at, key, /^([1-9]\d{0,14}|[0-9a-f]{2}(:[0-9a-f]{2}){15})$/, what),
  );
}

/** Checks of where the droplets of a tier are. */
export const tierPlacementChecks: Checks<TierPlacement> = {
  name: checkName,
  region: checkRegion,
  image: checkImage,
  vpc: checkVpcId,
  tags: checkTags,
  firewall: checkDependable,
  readiness: (path, readiness) => checkInstanceOf(path, readiness, Readiness),
  sshKeys: checkSshKeys,
  extraTags: (path, tags) => checkEach(path, tags, checkTag),
  project: checkId,
  allowSinglePointsOfFailure: checkBoolean,
};

/** What has no default in it. */
export const placementRequired = ["name", "region", "vpc", "tags", "firewall", "readiness"] as const;

/** More than any account has. */
const mostNodes = 1000;

/** Checks of droplets. */
export function nodeGroupChecks(maximum: number, allowsSingle?: boolean): Checks<NodeGroupProps> {
  return {
    ...tierPlacementChecks,
    ...nodeCountChecks(maximum, allowsSingle),
    tier: (path, tier) => checkKnown(path, tier, /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, "the name of a tier"),
    maximumNodes: (path, count) => checkWhole(path, count, 1, mostNodes),
    userData: checkUserData,
    limitSeconds: (path, seconds) => checkWhole(path, seconds, 1, 86_400),
  };
}

/** Terraform would take these for an expression. */
function checkUserData(path: string, text: string): Problem[] {
  const problems = checkContent(path, text);
  if (problems.length > 0 || !/[$%]\{/.test(earlyPart(text))) return problems;
  return [
    { path, message: 'must not hold "${" or "%{", which Terraform reads, encode what holds them (multipart, base64)' },
  ];
}

function checkNodeGroup(props: NodeGroupProps): Problem[] {
  const maximum = Number.isInteger(props?.maximumNodes) && props.maximumNodes >= 2 ? props.maximumNodes : mostNodes;
  const checks = nodeGroupChecks(maximum, props?.allowSinglePointsOfFailure);
  return checkGroup("", props, checks, {
    required: [...placementRequired, "tier", "nodes", "size", "maximumNodes", "userData"],
  });
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
