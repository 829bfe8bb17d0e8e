import { Tag } from "@cdktf/provider-digitalocean/lib/tag";
import { Construct } from "constructs";
import { throwProblems } from "../cloud-init/problems";
import { type Tier, tierName } from "./naming";
import { checkName } from "./settings-checks";

export interface TierTagsProps {
  /** What the tags' names begin with. */
  readonly name: string;
}

/**
 * The tags by which firewalls are attached, nodes find each other and alerts know their droplets. Costs nothing.
 * They are resources, and not only names, because DigitalOcean refuses a firewall whose tags do not exist.
 */
export class TierTags extends Construct {
  public readonly loadBalancer: Tag;
  public readonly web: Tag;
  public readonly app: Tag;
  /** The tags' names as they are known without Terraform. */
  public readonly names: TierNames;

  public constructor(scope: Construct, id: string, props: TierTagsProps) {
    super(scope, id);
    throwProblems(checkName("name", props.name));
    const createTag = (tier: Tier) => new Tag(this, tier, { name: tierName(props.name, tier) });
    this.loadBalancer = createTag("load-balancer");
    this.web = createTag("web");
    this.app = createTag("app");
    this.names = tierNames(props.name);
  }

  /** The tag of a tier. */
  public of(tier: Tier): Tag {
    return { "load-balancer": this.loadBalancer, web: this.web, app: this.app }[tier];
  }
}

/** A name for each tier. */
export interface TierNames {
  readonly loadBalancer: string;
  readonly web: string;
  readonly app: string;
}

/** The names of the tags of an infrastructure. */
export function tierNames(name: string): TierNames {
  return {
    loadBalancer: tierName(name, "load-balancer"),
    web: tierName(name, "web"),
    app: tierName(name, "app"),
  };
}
