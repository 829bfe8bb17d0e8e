import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import { computed, required } from "../plugin/schema";
import { issueCertificate } from "./certificate";
import { certificateAttributes, offForGood } from "./certificate-attributes";
import { distinguishedName } from "./distinguished-name";
import { alternativeNames } from "./extensions";
import { algorithmName, parsePrivateKey, publicKeyInfo } from "./private-key-pem";
import { isReadyForRenewal, planRenewal, replacedForRenewal } from "./renewal";
import { checkOneSubject, nameAttributes, namesOf, subjectBlock } from "./subject";

/** `tls_self_signed_cert` */
export const selfSignedCert: ResourceType<undefined> = {
  attributes: {
    private_key_pem: required("string", { forceNew: true, sensitive: true }),
    ...certificateAttributes,
    set_authority_key_id: offForGood,
    ...nameAttributes,
    key_algorithm: computed("string", { keep: true }),
  },
  blocks: { subject: subjectBlock },

  adjustPlan(change) {
    checkOneSubject(change.config);
    return planRenewal(change);
  },

  replacedFor: replacedForRenewal,

  async create({ planned }) {
    const ownKey = parsePrivateKey(String(planned.private_key_pem));
    const [subjectFields] = new Fields(planned).blocks("subject");
    const subject = distinguishedName(subjectFields);
    // Without a subject the alternative names are all there is, and so they are critical (RFC 5280 4.2.1.6).
    const names = alternativeNames(namesOf(planned), subjectFields === undefined);
    const holder = { subject, publicKey: publicKeyInfo(ownKey), alternativeNames: names };
    return { key_algorithm: algorithmName(ownKey), ...issueCertificate(planned, holder, { ownKey }) };
  },

  read: async (state) => (isReadyForRenewal(state) ? { ...state, ready_for_renewal: true } : state),
  update: async ({ planned }) => planned,
  async delete() {},
};
