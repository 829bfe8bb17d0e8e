import { certRequest } from "../../../provider-bridge/tls/cert-request";
import { locallySignedCert } from "../../../provider-bridge/tls/locally-signed-cert";
import { privateKey } from "../../../provider-bridge/tls/private-key";
import { selfSignedCert } from "../../../provider-bridge/tls/self-signed-cert";
import type { ResourceType } from "../../../provider-bridge/plugin/provider";
import type { Values } from "../../../provider-bridge/plugin/values";

/** Makes a resource of the tls provider as an apply does; the planned values with what was computed. */
async function create(resource: ResourceType<undefined>, planned: Values): Promise<Record<string, any>> {
  const warnings: string[] = [];
  const call = { planned, config: planned, client: undefined, deadline: undefined as never, created: () => undefined };
  const made = await resource.create({ ...call, warn: (summary) => warnings.push(summary) });
  return { ...planned, ...made, warnings };
}

export const makeKey = (algorithm: string, more: Values = {}) =>
  create(privateKey, { algorithm, rsa_bits: 2048, ecdsa_curve: "P256", ...more });

export const makeRequest = (planned: Values) => create(certRequest, planned);

export const makeAuthority = (planned: Values) =>
  create(selfSignedCert, {
    is_ca_certificate: true,
    set_subject_key_id: true,
    validity_period_hours: 24,
    allowed_uses: ["cert_signing", "crl_signing"],
    subject: [{ common_name: "Test authority", organization: "Example" }],
    ...planned,
  });

export const makeCertificate = (planned: Values) =>
  create(locallySignedCert, {
    validity_period_hours: 1,
    allowed_uses: ["digital_signature", "server_auth"],
    ...planned,
  });

export const makeSelfSigned = (planned: Values) =>
  create(selfSignedCert, { validity_period_hours: 1, allowed_uses: ["server_auth"], ...planned });

/** Keys of every kind that the provider has. */
export const keyKinds: readonly (readonly [string, Values])[] = [
  ["RSA", {}],
  ["ECDSA", { ecdsa_curve: "P224" }],
  ["ECDSA", { ecdsa_curve: "P256" }],
  ["ECDSA", { ecdsa_curve: "P384" }],
  ["ECDSA", { ecdsa_curve: "P521" }],
  ["ED25519", {}],
];
