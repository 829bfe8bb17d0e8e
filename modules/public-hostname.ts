import { DnsRecord } from "@cdktf/provider-cloudflare/lib/dns-record";
import { OriginCaCertificate } from "@cdktf/provider-cloudflare/lib/origin-ca-certificate";
import { CertRequest } from "@cdktf/provider-tls/lib/cert-request";
import { PrivateKey } from "@cdktf/provider-tls/lib/private-key";
import { Annotations, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { checkAddress } from "../cloud-init/load-balancer/user-data";
import { throwProblems } from "../cloud-init/problems";
import { type ClientAuthority, type ClientCertificate, createClientCertificate } from "./client-certificate";
import { createEdgeCache } from "./edge-cache";
import {
  type OtherHostname,
  certificateWarning,
  checkOtherHostnames,
  normalizeOtherHostnames,
  otherZones,
} from "./hostnames";
import { checkHostname } from "./settings-checks";
import { withDefaults } from "./with-defaults";
import {
  type ZoneSettings,
  checkZone,
  createZoneSettings,
  otherZoneDefaults,
  showClientCertificate,
  zoneDefaults,
} from "./zone";

/** What the public name needs to know. */
export interface PublicHostnameProps {
  /** Public name of the site, in the zone. */
  readonly hostname: string;
  /** Further names of the site. @default none */
  readonly otherHostnames?: readonly OtherHostname[];
  /** The Cloudflare zone that the name is in; another id makes record, certificates and settings anew. */
  readonly zone: ZoneSettings;
  /** The IPv4 address that the names stand for. */
  readonly reservedIp: string;
}

const publicHostnameChecks: Checks<PublicHostnameProps> = {
  hostname: checkHostname,
  otherHostnames: checkOtherHostnames,
  zone: checkZone,
  reservedIp: checkAddress,
};

/**
 * The site's names at Cloudflare, and the trust between Cloudflare and the load balancers in both directions. Free of
 * charge in every plan, for names up to one level below their zone.
 *
 * Encryption mode, TLS version, redirect to HTTPS and client certificates are settings of the whole zone: they hold for
 * its other names too, and stay as they are when this is destroyed. Cloudflare shows one client certificate for a zone,
 * so two of these in one zone are refused unless one of them trusts the other's authorities (`zone.clientAuthorities`).
 *
 * Another zone makes record, client certificate and settings anew. Another host name, one more or one less, makes the
 * origin certificate anew, which replaces the load balancers one after the other.
 */
export class PublicHostname extends Construct {
  /** The DNS record of the site's own name, proxied by Cloudflare. */
  public readonly record: DnsRecord;
  /** PEM certificate for the load balancers and all names, from Cloudflare's Origin CA, which only Cloudflare trusts. */
  public readonly certificate: string;
  /** Sensitive: PEM key of that certificate. */
  public readonly privateKey: string;
  /** PEM certificates of the two authorities that may sign the client certificate Cloudflare shows. */
  public readonly clientAuthorities: string;
  /** What has to exist before the site's own name answers over HTTPS, besides load balancers. */
  public readonly ready: readonly ITerraformDependable[];
  /** The zone whose client certificate is this site's; undefined when it is another site's. */
  private readonly ownedZone?: string;

  public constructor(scope: Construct, id: string, props: PublicHostnameProps) {
    super(scope, id);
    throwProblems(checkGroup("", props, publicHostnameChecks, { required: ["hostname", "zone", "reservedIp"] }));
    const others = normalizeOtherHostnames(props.otherHostnames ?? []);
    const zone = withDefaults(zoneDefaults, props.zone);
    if (zone.clientAuthorities === undefined) {
      this.refuseSharedZone(zone.id);
      this.ownedZone = zone.id;
    }
    const settings = createZoneSettings(this, zone);
    const origin = createOriginCertificate(this, [props.hostname, ...others.map(({ hostname }) => hostname)]);
    const trust = createTrust(this, props.hostname, zone);
    this.record = createRecord(this, "Resource", { ...props, zoneId: zone.id });
    const ownNames = [
      props.hostname,
      ...others.filter((other) => other.zone === undefined).map((other) => other.hostname),
    ];
    createEdgeCache(this, zone, ownNames);
    createOthers(this, others, zone.id, props.reservedIp, trust.certificate);
    this.certificate = origin.certificate;
    this.privateKey = origin.privateKey;
    this.clientAuthorities = trust.authorities;
    this.ready = [this.record, ...settings, ...trust.shown];
    this.warn(ownNames, zone);
  }

  /** The last certificate put there would be shown to the load balancers of both, of which one trusts it. */
  private refuseSharedZone(zoneId: string): void {
    const owner = this.node.root.node
      .findAll()
      .find((other) => other instanceof PublicHostname && other !== this && other.ownedZone === zoneId);
    if (owner === undefined) return;
    const message =
      `"${zoneId}" is the zone of ${owner.node.path} already, and Cloudflare shows one client certificate for a whole zone: ` +
      "set zone.clientAuthorities to the publicHostname.clientAuthorities of that site";
    throwProblems([{ path: "zone.id", message }]);
  }

  private warn(hostnames: readonly string[], { name }: ZoneSettings): void {
    for (const hostname of hostnames) {
      const warning = certificateWarning(hostname, name);
      if (warning !== undefined) Annotations.of(this).addWarning(warning);
    }
  }
}

/** The key never leaves the state and the load balancers. Other host names replace it, and so the load balancers. */
function createOriginCertificate(scope: Construct, hostnames: readonly string[]) {
  const origin = new Construct(scope, "origin");
  const key = new PrivateKey(origin, "key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const request = new CertRequest(origin, "request", {
    privateKeyPem: key.privateKeyPem,
    subject: [{ commonName: hostnames[0]! }],
  });
  const certificate = new OriginCaCertificate(origin, "certificate", {
    csr: request.certRequestPem,
    hostnames: [...hostnames],
    requestType: "origin-ecc",
    // 15 years: nothing renews it, so a shorter one would end in an outage on the day it expires.
    requestedValidity: 5475,
  });
  return { certificate: certificate.certificate, privateKey: key.privateKeyPem };
}

interface Trust {
  readonly authorities: string;
  /** Undefined when Cloudflare shows another site's. */
  readonly certificate?: ClientCertificate;
  readonly shown: readonly ITerraformDependable[];
}

function createTrust(
  scope: Construct,
  hostname: string,
  zone: ZoneSettings & { readonly clientAuthority: ClientAuthority },
): Trust {
  if (zone.clientAuthorities !== undefined) return { authorities: zone.clientAuthorities, shown: [] };
  const client = new Construct(scope, "client");
  const certificate = createClientCertificate(client, hostname, zone.clientAuthority);
  return {
    authorities: certificate.authorities,
    certificate,
    shown: [showClientCertificate(client, zone.id, certificate)],
  };
}

/** Names in the site's own zone have nothing but their records; another zone is made ready before a name in it. */
function createOthers(
  scope: Construct,
  others: readonly OtherHostname[],
  zoneId: string,
  reservedIp: string,
  certificate: ClientCertificate | undefined,
): void {
  const ready = new Map(
    otherZones(others).map((zone) => {
      const place = new Construct(scope, `zone-${zone.id}`);
      const settings = createZoneSettings(place, withDefaults(otherZoneDefaults, zone));
      return [zone.id, [...settings, showClientCertificate(place, zone.id, certificate!)]];
    }),
  );
  const place = new Construct(scope, "other");
  for (const { hostname, zone } of others) {
    const id = hostname.replace("*", "any");
    createRecord(place, id, { zoneId: zone?.id ?? zoneId, hostname, reservedIp, dependsOn: ready.get(zone?.id ?? "") });
  }
}

interface RecordProps {
  readonly zoneId: string;
  readonly hostname: string;
  readonly reservedIp: string;
  readonly dependsOn?: ITerraformDependable[];
}

function createRecord(
  scope: Construct,
  id: string,
  { zoneId, hostname, reservedIp, dependsOn }: RecordProps,
): DnsRecord {
  return new DnsRecord(scope, id, {
    zoneId,
    name: hostname,
    type: "A",
    content: reservedIp,
    proxied: true,
    // 1 stands for "automatic", the only value that a proxied record may have.
    ttl: 1,
    dependsOn,
  });
}
