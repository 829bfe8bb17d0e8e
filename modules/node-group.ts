import { Droplet } from "@cdktf/provider-digitalocean/lib/droplet";
import type { Firewall } from "@cdktf/provider-digitalocean/lib/firewall";
import type { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import { type ITerraformDependable, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import type { ExtraFile } from "../cloud-init/node-settings";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { type Tier, nodeIds, nodeName } from "./naming";
import type { Readiness } from "./readiness";
import { ReadinessGate } from "./readiness-gate";
import { checkCount, checkDropletSize, checkName, checkPattern, checkRegion } from "./settings-checks";
import { TerraformData } from "./terraform-data";
import type { TierTags } from "./tier-tags";

/** What all tiers of droplets are told. */
export interface TierProps {
  /** What the droplets' names begin with. */
  readonly name: string;
  /** DigitalOcean region slug. */
  readonly region: string;
  readonly vpc: Vpc;
  readonly tags: TierTags;
  /** The tier's firewall, which has to be in place before the first droplet is. */
  readonly firewall: Firewall;
  readonly readiness: Readiness;
  /** Number of nodes, at least 2: one may fail, or be replaced, at any time. @default 2 */
  readonly nodes?: number;
  /** Image slug. @default "debian-13-x64" */
  readonly image?: string;
  /** Ids or fingerprints of SSH keys of the account. @default none: DigitalOcean mails a root password instead */
  readonly sshKeys?: readonly string[];
  /** Files of yours on every node of the tier; one with the path of a file of ours takes its place. @default none */
  readonly extraFiles?: readonly ExtraFile[];
  /** Debian packages to install beside ours. @default none */
  readonly extraPackages?: readonly string[];
}

export interface NodeGroupProps extends TierProps {
  readonly tier: Tier;
  /** Droplet size slug. Another one replaces the nodes, because DigitalOcean resizes a droplet only while it is off. */
  readonly size: string;
  /** Most nodes the tier may have. */
  readonly maximumNodes: number;
  /** Nodes that are replaced at the same time. @default 1 */
  readonly batchSize?: number;
  /** The same for every node: one that names a node or a peer would replace the others when a node is added. */
  readonly userData: string;
}

/** How many nodes a tier has when nothing is said. */
export const defaultNodes = 2;
/** The image droplets are made from when nothing is said. */
export const defaultImage = "debian-13-x64";

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

  public constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    throwProblems(checkNodeGroup(props));
    const ids = nodeIds(props.nodes ?? defaultNodes);
    this.nodeNames = ids.map((nodeId) => nodeName(props.name, props.tier, nodeId));
    // One copy in the JSON, and a plan that shows one change of it.
    const userData = new TerraformLocal(this, "user-data", props.userData).asString;
    const size = new TerraformData(this, "size", { triggersReplace: { size: props.size } });
    const nodes: { droplet: Droplet; gate: ReadinessGate }[] = [];
    ids.forEach((nodeId, i) => {
      const batch = Math.floor(i / (props.batchSize ?? 1));
      const previous = nodes.filter((_, j) => Math.floor(j / (props.batchSize ?? 1)) === batch - 1);
      const after = previous.map(({ gate }) => gate.passed);
      nodes.push(createNode(this, nodeId, props, { userData, size, after }));
    });
    this.droplets = nodes.map(({ droplet }) => droplet);
    this.gates = nodes.map(({ gate }) => gate);
  }
}

/** Problems of what a group is told, in its own words. */
export function checkNodeGroup(
  props: Omit<NodeGroupProps, "vpc" | "tags" | "firewall" | "readiness" | "userData">,
): Problem[] {
  return [
    ...checkName("name", props.name),
    ...checkRegion("region", props.region),
    ...checkCount("nodes", props.nodes ?? defaultNodes, 2, props.maximumNodes, "one node alone would be missed"),
    ...checkCount("batchSize", props.batchSize ?? 1, 1, props.maximumNodes),
    ...checkDropletSize("size", props.size),
    ...checkPattern("image", props.image ?? defaultImage, /^[a-z0-9][a-z0-9-]*$/, `an image such as "${defaultImage}"`),
  ];
}

interface NodeParts {
  readonly userData: string;
  readonly size: TerraformData;
  /** Gates of the nodes that have to be ready before this one is created. */
  readonly after: readonly ITerraformDependable[];
}

function createNode(scope: Construct, id: string, props: NodeGroupProps, { userData, size, after }: NodeParts) {
  const node = new Construct(scope, id);
  const name = nodeName(props.name, props.tier, id);
  const droplet = new Droplet(node, "Resource", {
    name,
    region: props.region,
    size: props.size,
    image: props.image ?? defaultImage,
    vpcUuid: props.vpc.id,
    tags: [props.tags.of(props.tier).name],
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
  const gate = new ReadinessGate(node, "gate", { droplet, nodeName: name, readiness: props.readiness });
  return { droplet, gate };
}
