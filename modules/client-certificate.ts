import { CertRequest } from "@cdktf/provider-tls/lib/cert-request";
import { LocallySignedCert } from "@cdktf/provider-tls/lib/locally-signed-cert";
import { PrivateKey } from "@cdktf/provider-tls/lib/private-key";
import { SelfSignedCert } from "@cdktf/provider-tls/lib/self-signed-cert";
import { TerraformLocal } from "cdktf";
import type { Construct } from "constructs";

/** One of the two authorities that load balancers trust. */
export type ClientAuthority = (typeof clientAuthorities)[number];

export const clientAuthorities = ["first", "second"] as const;

/** What Cloudflare shows to load balancers, and by what they know it. */
export interface ClientCertificate {
  readonly certificate: string;
  /** Sensitive. */
  readonly privateKey: string;
  /** PEM certificates of both authorities. */
  readonly authorities: string;
}

/** Hours of a year. */
const YEAR = 8760;

/**
 * A client certificate of this site alone. With the one that Cloudflare shares between its customers, any of them could
 * send their own zone's requests to our load balancers.
 *
 * Cloudflare changes to another certificate within seconds, load balancers one after the other in minutes. So all of
 * them trust a second authority too, and the certificate changes between the two; the one that does not sign can then
 * be made anew. The one that signs cannot: its certificate would be refused by every load balancer that serves.
 */
export function createClientCertificate(
  scope: Construct,
  hostname: string,
  signing: ClientAuthority,
): ClientCertificate {
  const first = createAuthority(scope, "authority", `${hostname} origin pull authority`, signing === "first");
  const second = createAuthority(
    scope,
    "second-authority",
    `${hostname} second origin pull authority`,
    signing === "second",
  );
  const authority = signing === "first" ? first : second;
  // RSA, which is what Cloudflare's documentation of own client certificates uses.
  const key = new PrivateKey(scope, "key", { algorithm: "RSA", rsaBits: 2048 });
  const request = new CertRequest(scope, "request", {
    privateKeyPem: key.privateKeyPem,
    subject: [{ commonName: `${hostname} origin pull` }],
  });
  const signed = new LocallySignedCert(scope, "signed", {
    certRequestPem: request.certRequestPem,
    caPrivateKeyPem: authority.key.privateKeyPem,
    caCertPem: authority.certificate.certPem,
    allowedUses: ["digital_signature", "key_encipherment", "client_auth"],
    validityPeriodHours: 10 * YEAR,
    // Any apply in the last two years replaces it, and no load balancer with it: they know the authorities only.
    earlyRenewalHours: 2 * YEAR,
  });
  const both = first.certificate.certPem + second.certificate.certPem;
  return {
    certificate: signed.certPem,
    privateKey: key.privateKeyPem,
    authorities: new TerraformLocal(scope, "authorities", both).asString,
  };
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
