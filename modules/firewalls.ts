import { DataCloudflareIpRanges } from "@cdktf/provider-cloudflare/lib/data-cloudflare-ip-ranges";
import { Firewall } from "@cdktf/provider-digitalocean/lib/firewall";
import type { ReservedIp } from "@cdktf/provider-digitalocean/lib/reserved-ip";
import type { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import { Construct } from "constructs";
import { throwProblems } from "../cloud-init/problems";
import { type Tier, tierName } from "./naming";
import { checkEach, checkName, checkNetwork } from "./settings-checks";
import type { TierTags } from "./tier-tags";
import { type Outside, type Party, type Rule, inboundRules, outboundRules } from "./traffic";

export interface FirewallsProps {
  /** What the firewalls' names begin with. */
  readonly name: string;
  readonly tags: TierTags;
  readonly vpc: Vpc;
  readonly reservedIp: ReservedIp;
  /** Networks from which every node may be reached by SSH. @default none */
  readonly sshSources?: readonly string[];
}

/**
 * One cloud firewall per tier, attached by the tier's tag, with the rules of the traffic table and no other. Costs
 * nothing. Changes are made in place; a connection that exists outlives a rule that is taken away.
 */
export class Firewalls extends Construct {
  public readonly loadBalancer: Firewall;
  public readonly web: Firewall;
  public readonly app: Firewall;

  public constructor(scope: Construct, id: string, props: FirewallsProps) {
    super(scope, id);
    const sshSources = props.sshSources ?? [];
    throwProblems([...checkName("name", props.name), ...checkEach("sshSources", sshSources, checkNetwork)]);
    const addresses: Addresses = {
      // IPv4 only: the reserved IP is an IPv4 address.
      cloudflare: new DataCloudflareIpRanges(this, "cloudflare").ipv4Cidrs,
      anywhere: ["0.0.0.0/0", "::/0"],
      "reserved-ip": [props.reservedIp.ipAddress],
      vpc: [props.vpc.ipRange],
      operators: sshSources,
    };
    this.loadBalancer = createFirewall(this, "load-balancer", props, addresses);
    this.web = createFirewall(this, "web", props, addresses);
    this.app = createFirewall(this, "app", props, addresses);
  }
}

/** What stands for each party outside the tiers; an empty list takes its rules away. */
type Addresses = Readonly<Record<Outside, readonly string[]>>;

function createFirewall(scope: Construct, tier: Tier, { name, tags }: FirewallsProps, addresses: Addresses): Firewall {
  const ends = (rules: Rule[]) => rules.map((rule) => ({ rule, ...splitPeers(rule.peers, tags, addresses) }));
  return new Firewall(scope, tier, {
    name: tierName(name, tier),
    tags: [tags.of(tier).name],
    inboundRule: ends(inboundRules(tier))
      .filter(isInhabited)
      .map(({ rule, addresses, tags }) => ({ ...portOf(rule), sourceAddresses: addresses, sourceTags: tags })),
    outboundRule: ends(outboundRules(tier))
      .filter(isInhabited)
      .map(({ rule, addresses, tags }) => ({
        ...portOf(rule),
        destinationAddresses: addresses,
        destinationTags: tags,
      })),
  });
}

function splitPeers(peers: readonly Party[], tags: TierTags, addresses: Addresses) {
  const outside = (party: Party): party is Outside => party in addresses;
  const ranges = peers.filter(outside).flatMap((party) => addresses[party]);
  const names = peers.filter((party): party is Tier => !outside(party)).map((tier) => tags.of(tier).name);
  return {
    addresses: ranges.length > 0 ? ranges : undefined,
    tags: names.length > 0 ? names : undefined,
  };
}

function isInhabited(end: { readonly addresses?: readonly string[]; readonly tags?: readonly string[] }): boolean {
  return end.addresses !== undefined || end.tags !== undefined;
}

/** The provider wants no port for ICMP and reads "0" back as "all" for ever, so every rule names its one port. */
function portOf({ protocol, port }: Rule): { protocol: string; portRange?: string } {
  return port === undefined ? { protocol } : { protocol, portRange: String(port) };
}
