import { createPrivateKey, X509Certificate } from "node:crypto";
import { isReadyForRenewal, planRenewal, replacedForRenewal } from "../../../provider-bridge/tls/renewal";
import { UNKNOWN } from "../../../provider-bridge/plugin/values";
import { keyKinds, makeAuthority, makeCertificate, makeKey, makeRequest, makeSelfSigned } from "./issue";

describe.each(keyKinds)("with a key of %s %j", (algorithm, options) => {
  let key: Record<string, any>;

  beforeAll(async () => {
    key = await makeKey(algorithm, options);
  });

  test("the private key has the form of its algorithm", () => {
    const label = { RSA: "RSA PRIVATE KEY", ECDSA: "EC PRIVATE KEY", ED25519: "PRIVATE KEY" }[algorithm];
    expect(key.private_key_pem).toMatch(new RegExp(`^-----BEGIN ${label}-----\n`));
    expect(key.private_key_pem_pkcs8).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const [first, second] = [key.private_key_pem, key.private_key_pem_pkcs8].map((pem) => createPrivateKey(pem));
    expect(first!.equals(second!)).toBe(true);
  });

  test("an authority signs itself", async () => {
    const authority = await makeAuthority({ private_key_pem: key.private_key_pem });
    const certificate = new X509Certificate(authority.cert_pem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(key.private_key_pem))).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe("O=Example\nCN=Test authority");
    expect(authority.key_algorithm).toBe(algorithm);
  });

  test("an authority signs what was requested", async () => {
    const authorityKey = await makeKey("ECDSA");
    const authority = await makeAuthority({ private_key_pem: authorityKey.private_key_pem });
    const request = await makeRequest({
      private_key_pem: key.private_key_pem,
      subject: [{ common_name: "www.example.com" }],
      dns_names: ["www.example.com", "*.example.com"],
      ip_addresses: ["192.0.2.1", "2001:db8::1"],
      uris: ["spiffe://example.com/web"],
    });
    const signed = await makeCertificate({
      cert_request_pem: request.cert_request_pem,
      ca_private_key_pem: authorityKey.private_key_pem,
      ca_cert_pem: authority.cert_pem,
    });
    const certificate = new X509Certificate(signed.cert_pem);
    const issuer = new X509Certificate(authority.cert_pem);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(key.private_key_pem))).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subjectAltName).toBe(
      "DNS:www.example.com, DNS:*.example.com, URI:spiffe://example.com/web, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1",
    );
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(BigInt(`0x${certificate.serialNumber}`).toString()).toBe(signed.id);
    expect(signed.warnings).toEqual([]);
  });
});

test("times are whole seconds and the end is as far away as asked for", async () => {
  const key = await makeKey("ED25519");
  const certificate = await makeSelfSigned({ private_key_pem: key.private_key_pem, validity_period_hours: 36 });
  const [start, end] = [certificate.validity_start_time, certificate.validity_end_time];
  expect(start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Date.parse(end) - Date.parse(start)).toBe(36 * 3600 * 1000);
  expect(Date.parse(new X509Certificate(certificate.cert_pem).validTo)).toBe(Date.parse(end));
});

test("a certificate may end after 2049", async () => {
  const key = await makeKey("ED25519");
  const certificate = await makeSelfSigned({
    private_key_pem: key.private_key_pem,
    validity_period_hours: 24 * 365 * 50,
  });
  expect(Date.parse(new X509Certificate(certificate.cert_pem).validTo)).toBe(Date.parse(certificate.validity_end_time));
});

test("a certificate signed by one that is no authority comes with a warning", async () => {
  const key = await makeKey("ECDSA");
  const { private_key_pem } = key;
  const subject = [{ common_name: "someone" }];
  const signer = await makeSelfSigned({ private_key_pem, subject });
  const request = await makeRequest({ private_key_pem, subject });
  const signed = await makeCertificate({
    cert_request_pem: request.cert_request_pem,
    ca_private_key_pem: private_key_pem,
    ca_cert_pem: signer.cert_pem,
  });
  expect(signed.warnings).toEqual(["Potentially Invalid Certificate Authority"]);
});

test("fails to make an authority without a name", async () => {
  const key = await makeKey("ED25519");
  const authority = makeAuthority({ private_key_pem: key.private_key_pem, subject: [] });
  await expect(authority).rejects.toThrow("at least one Distinguished Name");
});

test("fails for what is no key without repeating it", async () => {
  const message = await makeRequest({ private_key_pem: "-----BEGIN secret" }).catch((error: Error) => error.message);
  expect(message).toBe("Failed to parse private key PEM");
});

test("fails for an address that is none", async () => {
  const key = await makeKey("ED25519");
  const request = makeRequest({ private_key_pem: key.private_key_pem, ip_addresses: ["300.1.1.1"] });
  await expect(request).rejects.toThrow('Invalid IP address: failed to parse "300.1.1.1"');
});

test("a key of curve P224 has no form of OpenSSH", async () => {
  const key = await makeKey("ECDSA", { ecdsa_curve: "P224" });
  expect([key.private_key_openssh, key.public_key_openssh, key.public_key_fingerprint_md5]).toEqual(["", "", ""]);
});

describe("renewal", () => {
  const inHours = (hours: number) => new Date(Date.now() + hours * 3600 * 1000).toISOString();
  const state = (hours: number) => ({
    validity_end_time: inHours(hours),
    early_renewal_hours: 10,
    ready_for_renewal: false,
  });

  test("is due in the last hours that the configuration names, and after the end", () => {
    expect([11, 9, -1].map((hours) => isReadyForRenewal(state(hours)))).toEqual([false, true, true]);
  });

  test("replaces a certificate that is due, and only that", () => {
    const change = (hours: number) => ({ prior: state(hours), config: {}, planned: state(hours) });
    const due = planRenewal(change(9));
    expect(due.ready_for_renewal).toBe(UNKNOWN);
    expect(replacedForRenewal({ ...change(9), planned: due })).toEqual(["ready_for_renewal"]);
    expect(replacedForRenewal({ ...change(11), planned: planRenewal(change(11)) })).toEqual([]);
  });
});
