import { DataCloudflareIpRanges } from "@cdktf/provider-cloudflare/lib/data-cloudflare-ip-ranges";
import { Firewall } from "@cdktf/provider-digitalocean/lib/firewall";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { checkAddress } from "../cloud-init/load-balancer/user-data";
import { throwProblems } from "../cloud-init/problems";
import { tierName } from "./naming";
import { type VpcReference, checkVpc } from "./network";
import { checkEach, checkInstanceOf } from "../cloud-init/value-checks";
import { checkName, checkNetwork } from "./settings-checks";
import { type TierTags, checkTags } from "./tier-tags";
import { type Outside, type Party, type Rule, Traffic, inboundRules, isOutside, outboundRules } from "./traffic";

/** What the firewalls need to know. All of it is changed in place. */
export interface FirewallsProps {
  /** What the firewalls' names begin with. */
  readonly name: string;
  /** Tags of all tiers, by which the firewalls are attached. */
  readonly tags: TierTags;
  /** The network; its range stands for the managed databases. */
  readonly vpc: VpcReference;
  /** The address that one of the load balancers holds. */
  readonly reservedIp: string;
  /** Networks from which every node may be reached by SSH. @default none */
  readonly sshSources?: readonly string[];
  /** Who may talk to whom; what is added to it later becomes a rule as well. @default our own table */
  readonly traffic?: Traffic;
}

const firewallsChecks: Checks<FirewallsProps> = {
  name: checkName,
  tags: checkTags,
  vpc: checkVpc,
  reservedIp: checkAddress,
  sshSources: (path, sources) => checkEach(path, sources, checkNetwork),
  traffic: (path, traffic) => checkInstanceOf(path, traffic, Traffic),
};

/**
 * One cloud firewall per tier, attached by the tier's tag, with the rules of the traffic table and no other. Costs
 * nothing. Changes are made in place; a connection that exists outlives a rule that is taken away.
 */
export class Firewalls extends Construct {
  private readonly firewalls = new Map<string, Firewall>();

  public constructor(scope: Construct, id: string, props: FirewallsProps) {
    super(scope, id);
    throwProblems(checkGroup("", props, firewallsChecks, { required: ["name", "tags", "vpc", "reservedIp"] }));
    const { traffic = new Traffic(), sshSources = [] } = props;
    const addresses: Addresses = {
      // IPv4 only: the reserved IP is an IPv4 address.
      cloudflare: new DataCloudflareIpRanges(this, "cloudflare").ipv4Cidrs,
      anywhere: ["0.0.0.0/0", "::/0"],
      "reserved-ip": [props.reservedIp],
      vpc: [props.vpc.ipRange],
      operators: sshSources,
    };
    const update = () => this.update(props, traffic, addresses);
    update();
    traffic.onChange(update);
  }

  /** The firewall of a tier. Throws when there is no such tier. */
  public of(tier: string): Firewall {
    const firewall = this.firewalls.get(tier);
    if (firewall === undefined)
      throw new Error(`tier: must be one of ${[...this.firewalls.keys()].join(", ")}, got "${tier}"`);
    return firewall;
  }

  private update({ name, tags }: FirewallsProps, { tiers, flows }: Traffic, addresses: Addresses): void {
    for (const tier of tiers) {
      const ends = (rules: Rule[]) =>
        rules.map((rule) => ({ rule, ...splitPeers(rule.peers, tags, addresses) })).filter(hasPeers);
      const inboundRule = ends(inboundRules(tier, flows)).map(({ rule, addresses, tags }) => ({
        ...portOf(rule),
        sourceAddresses: addresses,
        sourceTags: tags,
      }));
      const outboundRule = ends(outboundRules(tier, flows)).map(({ rule, addresses, tags }) => ({
        ...portOf(rule),
        destinationAddresses: addresses,
        destinationTags: tags,
      }));
      const firewall =
        this.firewalls.get(tier) ??
        new Firewall(this, tier, { name: tierName(name, tier), tags: [tags.of(tier).name] });
      this.firewalls.set(tier, firewall);
      firewall.putInboundRule(inboundRule);
      firewall.putOutboundRule(outboundRule);
    }
  }
}

/** What stands for each party outside the tiers; an empty list takes its rules away. */
type Addresses = Readonly<Record<Outside, readonly string[]>>;

function splitPeers(peers: readonly Party[], tags: TierTags, addresses: Addresses) {
  const isTier = (party: Party) => !isOutside(party) && !party.includes("/");
  const ranges = peers
    .filter((party) => !isTier(party))
    .flatMap((party) => (isOutside(party) ? addresses[party] : [party]));
  const names = peers.filter(isTier).map((tier) => tags.of(tier).name);
  return {
    addresses: ranges.length > 0 ? ranges : undefined,
    tags: names.length > 0 ? names : undefined,
  };
}

function hasPeers(end: { readonly addresses?: readonly string[]; readonly tags?: readonly string[] }): boolean {
  return end.addresses !== undefined || end.tags !== undefined;
}

/** The provider wants no port for ICMP and reads "0" back as "all" for ever, so every rule names its one port. */
function portOf({ protocol, port }: Rule): { protocol: string; portRange?: string } {
  return port === undefined ? { protocol } : { protocol, portRange: String(port) };
}
