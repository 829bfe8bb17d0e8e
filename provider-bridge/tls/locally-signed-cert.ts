import { X509Certificate } from "node:crypto";
import type { ResourceType } from "../plugin/provider";
import { computed, required } from "../plugin/schema";
import { issueCertificate, parseIssuer, parseRequest } from "./certificate";
import { certificateAttributes } from "./certificate-attributes";
import { algorithmName, parsePrivateKey } from "./private-key-pem";
import { isReadyForRenewal, planRenewal, replacedForRenewal } from "./renewal";

/** `tls_locally_signed_cert` */
export const locallySignedCert: ResourceType<undefined> = {
  attributes: {
    ca_cert_pem: required("string", { forceNew: true }),
    ca_private_key_pem: required("string", { forceNew: true, sensitive: true }),
    cert_request_pem: required("string", { forceNew: true }),
    ...certificateAttributes,
    ca_key_algorithm: computed("string", { keep: true }),
  },

  adjustPlan: planRenewal,
  replacedFor: replacedForRenewal,

  async create({ planned, warn }) {
    const holder = parseRequest(String(planned.cert_request_pem));
    const key = parsePrivateKey(String(planned.ca_private_key_pem));
    const authority = String(planned.ca_cert_pem);
    if (!new X509Certificate(authority).ca) {
      warn(
        "Potentially Invalid Certificate Authority",
        "Certificate provided as Authority does not appear to be a valid Certificate Authority. The resulting " +
          "certificate might fail certificate validation.",
      );
    }
    const issuer = parseIssuer(authority, key);
    return { ca_key_algorithm: algorithmName(key), ...issueCertificate(planned, holder, issuer) };
  },

  read: async (state) => (isReadyForRenewal(state) ? { ...state, ready_for_renewal: true } : state),
  update: async ({ planned }) => planned,
  async delete() {},
};
