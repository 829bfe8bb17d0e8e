import { Tag } from "@cdktf/provider-digitalocean/lib/tag";
import { Construct } from "constructs";
import { checkGroup } from "../cloud-init/check-group";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { checkInstanceOf } from "../cloud-init/value-checks";
import { tierName, tiers } from "./naming";
import { checkName } from "./settings-checks";

/** What the tags need to know. */
export interface TierTagsProps {
  /** What the tags' names begin with. */
  readonly name: string;
}

/**
 * The tags by which firewalls are attached, nodes find each other and alerts know their droplets. Costs nothing.
 * They are resources, and not only names, because DigitalOcean refuses a firewall whose tags do not exist.
 *
 * Another name makes the tags anew, and replaces the nodes that find others by them.
 */
export class TierTags extends Construct {
  /** The names of the tags that every infrastructure has, as they are known without Terraform. */
  public readonly names: TierNames;
  private readonly name: string;
  private readonly tags = new Map<string, Tag>();

  public constructor(scope: Construct, id: string, props: TierTagsProps) {
    super(scope, id);
    throwProblems(checkGroup<TierTagsProps>("", props, { name: checkName }, { required: ["name"] }));
    this.name = props.name;
    this.names = tierNames(props.name);
    for (const tier of tiers) this.add(tier);
  }

  /** Makes the tag of one tier more. */
  public add(tier: string): Tag {
    const tag = new Tag(this, tier, { name: tierName(this.name, tier) });
    this.tags.set(tier, tag);
    return tag;
  }

  /** The tag of a tier. Throws when there is no such tier. */
  public of(tier: string): Tag {
    const tag = this.tags.get(tier);
    if (tag === undefined) throw new Error(`tier: must be one of ${[...this.tags.keys()].join(", ")}, got "${tier}"`);
    return tag;
  }
}

/** Problems of the tags that a construct is given. */
export function checkTags(path: string, tags: TierTags): Problem[] {
  return checkInstanceOf(path, tags, TierTags);
}

/** A name for each tier. */
export interface TierNames {
  /** The load balancers' tag. */
  readonly loadBalancer: string;
  /** The web nodes' tag. */
  readonly web: string;
  /** The app nodes' tag. */
  readonly app: string;
}

/** The names of the tags of an infrastructure. */
export function tierNames(name: string): TierNames {
  const [loadBalancer, web, app] = tiers.map((tier) => tierName(name, tier)) as [string, string, string];
  return { loadBalancer, web, app };
}
