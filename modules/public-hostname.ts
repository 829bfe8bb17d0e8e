import { AuthenticatedOriginPullsCertificate } from "@cdktf/provider-cloudflare/lib/authenticated-origin-pulls-certificate";
import { AuthenticatedOriginPullsSettings } from "@cdktf/provider-cloudflare/lib/authenticated-origin-pulls-settings";
import { DnsRecord } from "@cdktf/provider-cloudflare/lib/dns-record";
import { OriginCaCertificate } from "@cdktf/provider-cloudflare/lib/origin-ca-certificate";
import { ZoneSetting } from "@cdktf/provider-cloudflare/lib/zone-setting";
import { CertRequest } from "@cdktf/provider-tls/lib/cert-request";
import { LocallySignedCert } from "@cdktf/provider-tls/lib/locally-signed-cert";
import { PrivateKey } from "@cdktf/provider-tls/lib/private-key";
import { SelfSignedCert } from "@cdktf/provider-tls/lib/self-signed-cert";
import { type ITerraformDependable, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { checkBoolean, checkHostname, checkOneOf, checkZoneId } from "./settings-checks";
import { withDefaults } from "./with-defaults";

/** What can be set of the Cloudflare zone that the site's name is in. */
export interface ZoneSettings {
  /** Id of the zone, 32 hexadecimal digits (Cloudflare's dashboard, at the lower right of the overview). */
  readonly id: string;
  /**
   * Whether encryption mode, oldest TLS version and redirect to HTTPS are set here; they hold for the other names of the
   * zone too. With false they are left alone, and have to be set by hand before the first deployment: SSL/TLS encryption
   * mode "Full (strict)", without which Cloudflare trusts any certificate, or asks for the site in the clear, which no
   * firewall lets in; "Always Use HTTPS" on; "Minimum TLS Version" 1.2 or later. The client certificate for the load
   * balancers is put into the zone either way. Set to false later, they keep their values, and nobody looks at them any
   * more. @default true
   */
  readonly manageSettings?: boolean;
  /** Oldest TLS version for visitors. @default "1.2" */
  readonly minimumTlsVersion?: TlsVersion;
  /**
   * Which of two authorities signs the client certificate that Cloudflare shows; load balancers trust both, so that it
   * can change at any time. @default "first"
   */
  readonly clientAuthority?: ClientAuthority;
}

/** TLS versions that visitors may be held to. */
export type TlsVersion = (typeof tlsVersions)[number];
/** One of the two authorities that load balancers trust. */
export type ClientAuthority = (typeof clientAuthorities)[number];

const tlsVersions = ["1.2", "1.3"] as const;
const clientAuthorities = ["first", "second"] as const;

/** What the public name needs to know. */
export interface PublicHostnameProps {
  /** Public name of the site, in the zone. */
  readonly hostname: string;
  /** The Cloudflare zone that the name is in; another id makes record, certificates and settings anew. */
  readonly zone: ZoneSettings;
  /** The IPv4 address that the name stands for. */
  readonly reservedIp: string;
}

export const zoneDefaults = { manageSettings: true, minimumTlsVersion: "1.2", clientAuthority: "first" } as const;

/** Problems of a zone's settings. */
export function checkZone(path: string, zone: ZoneSettings): Problem[] {
  return checkGroup(path, zone, zoneChecks, { required: ["id"] });
}

const zoneChecks: Checks<ZoneSettings> = {
  id: checkZoneId,
  manageSettings: checkBoolean,
  minimumTlsVersion: (path, version, { manageSettings }) =>
    manageSettings === false
      ? [{ path, message: `must be left out while manageSettings is false, got "${version}", set it at Cloudflare` }]
      : checkOneOf(path, version, tlsVersions),
  clientAuthority: (path, authority) => checkOneOf(path, authority, clientAuthorities),
};

/** Hours of a year. */
const YEAR = 8760;

/**
 * The site's name at Cloudflare, and the trust between Cloudflare and the load balancers in both directions. Free of
 * charge in every plan.
 *
 * Encryption mode, TLS version, redirect to HTTPS and client certificates are settings of the whole zone: they hold for
 * its other names too, and stay as they are when this is destroyed.
 *
 * Another zone makes record, client certificate and settings anew. Another host name makes the origin certificate anew,
 * which replaces the load balancers.
 */
export class PublicHostname extends Construct {
  /** The DNS record, proxied by Cloudflare. */
  public readonly record: DnsRecord;
  /** PEM certificate for the load balancers, from Cloudflare's Origin CA, which only Cloudflare trusts. */
  public readonly certificate: string;
  /** Sensitive: PEM key of that certificate. */
  public readonly privateKey: string;
  /** PEM certificates of the two authorities of our own that may sign the client certificate Cloudflare shows. */
  public readonly clientAuthorities: string;
  /** What has to exist before the name answers over HTTPS, besides load balancers. */
  public readonly ready: readonly ITerraformDependable[];

  public constructor(scope: Construct, id: string, props: PublicHostnameProps) {
    super(scope, id);
    throwProblems([...checkHostname("hostname", props.hostname), ...checkZone("zone", props.zone)]);
    const zone = withDefaults(zoneDefaults, props.zone);
    const settings = zone.manageSettings ? createZoneSettings(this, zone.id, zone.minimumTlsVersion) : [];
    const origin = createOriginCertificate(this, props.hostname);
    const client = createClientCertificate(this, props, zone.clientAuthority);
    this.record = createRecord(this, props);
    this.certificate = origin.certificate;
    this.privateKey = origin.privateKey;
    this.clientAuthorities = client.authorities;
    this.ready = [this.record, ...settings, client.enabled];
  }
}

function createZoneSettings(scope: Construct, zoneId: string, minimumTlsVersion: string): ZoneSetting[] {
  const settings = { ssl: "strict", min_tls_version: minimumTlsVersion, always_use_https: "on" };
  return Object.entries(settings).map(
    // The binding wants an object, the provider a string: only strings survive this cast.
    ([settingId, value]) => new ZoneSetting(scope, settingId, { zoneId, settingId, value: value as unknown as object }),
  );
}

/** The key never leaves the state and the load balancers. Another host name replaces it, and so the load balancers. */
function createOriginCertificate(scope: Construct, hostname: string): { certificate: string; privateKey: string } {
  const origin = new Construct(scope, "origin");
  const key = new PrivateKey(origin, "key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const request = new CertRequest(origin, "request", {
    privateKeyPem: key.privateKeyPem,
    subject: [{ commonName: hostname }],
  });
  const certificate = new OriginCaCertificate(origin, "certificate", {
    csr: request.certRequestPem,
    hostnames: [hostname],
    requestType: "origin-ecc",
    // 15 years: nothing renews it, so a shorter one would end in an outage on the day it expires.
    requestedValidity: 5475,
  });
  return { certificate: certificate.certificate, privateKey: key.privateKeyPem };
}

/**
 * A client certificate of this zone alone. With the one that Cloudflare shares between its customers, any of them could
 * send their own zone's requests to our load balancers.
 *
 * Cloudflare changes to another certificate within seconds, load balancers one after the other in minutes. So all of
 * them trust a second authority too, and the certificate changes between the two; the one that does not sign can then
 * be made anew. The one that signs cannot: its certificate would be refused by every load balancer that serves.
 */
function createClientCertificate(scope: Construct, { hostname, zone }: PublicHostnameProps, signing: ClientAuthority) {
  const client = new Construct(scope, "client");
  const first = createAuthority(client, "authority", `${hostname} origin pull authority`, signing === "first");
  const second = createAuthority(
    client,
    "second-authority",
    `${hostname} second origin pull authority`,
    signing === "second",
  );
  const authority = signing === "first" ? first : second;
  // RSA, which is what Cloudflare's documentation of own client certificates uses.
  const key = new PrivateKey(client, "key", { algorithm: "RSA", rsaBits: 2048 });
  const request = new CertRequest(client, "request", {
    privateKeyPem: key.privateKeyPem,
    subject: [{ commonName: `${hostname} origin pull` }],
  });
  const signed = new LocallySignedCert(client, "signed", {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: authority.key.privateKeyPem,
    caCertPem: authority.certificate.certPem,
    allowedUses: ["digital_signature", "key_encipherment", "client_auth"],
    validityPeriodHours: 10 * YEAR,
    // Any apply in the last two years replaces it, and no load balancer with it: they know the authorities only.
    earlyRenewalHours: 2 * YEAR,
  });
  const certificate = new AuthenticatedOriginPullsCertificate(client, "certificate", {
    zoneId: zone.id,
    certificate: signed.certPem,
    privateKey: key.privateKeyPem,
    // Cloudflare would come without a certificate, and be refused, between the old one and the new one.
    lifecycle: { createBeforeDestroy: true },
  });
  const enabled = new AuthenticatedOriginPullsSettings(client, "enabled", {
    zoneId: zone.id,
    enabled: true,
    dependsOn: [certificate],
  });
  const both = first.certificate.certPem + second.certificate.certPem;
  return { authorities: new TerraformLocal(client, "authorities", both).asString, enabled };
}

function createAuthority(scope: Construct, id: string, commonName: string, signs: boolean) {
  const lifecycle = { preventDestroy: signs ? true : undefined };
  const key = new PrivateKey(scope, `${id}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256", lifecycle });
  const certificate = new SelfSignedCert(scope, id, {
    privateKeyPem: key.privateKeyPem,
    subject: [{ commonName }],
    isCaCertificate: true,
    setSubjectKeyId: true,
    allowedUses: ["cert_signing", "crl_signing"],
    validityPeriodHours: 20 * YEAR,
    lifecycle,
  });
  return { key, certificate };
}

function createRecord(scope: Construct, { hostname, zone, reservedIp }: PublicHostnameProps): DnsRecord {
  return new DnsRecord(scope, "Resource", {
    zoneId: zone.id,
    name: hostname,
    type: "A",
    content: reservedIp,
    proxied: true,
    // 1 stands for "automatic", the only value that a proxied record may have.
    ttl: 1,
  });
}
