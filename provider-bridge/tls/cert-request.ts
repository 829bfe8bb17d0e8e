import { createHash } from "node:crypto";
import { Fields } from "../plugin/fields";
import type { ResourceType } from "../plugin/provider";
import { computed, required } from "../plugin/schema";
import { issueRequest } from "./certificate";
import { distinguishedName } from "./distinguished-name";
import { parsePem } from "./pem";
import { algorithmName, parsePrivateKey, publicKeyInfo } from "./private-key-pem";
import { checkOneSubject, nameAttributes, namesOf, subjectBlock } from "./subject";

const kept = computed("string", { keep: true });

/** `tls_cert_request` */
export const certRequest: ResourceType<undefined> = {
  attributes: {
    private_key_pem: required("string", { forceNew: true, sensitive: true }),
    ...nameAttributes,
    key_algorithm: kept,
    cert_request_pem: kept,
    id: kept,
  },
  blocks: { subject: subjectBlock },

  adjustPlan({ config, planned }) {
    checkOneSubject(config);
    return planned;
  },

  async create({ planned }) {
    const key = parsePrivateKey(String(planned.private_key_pem));
    const subject = distinguishedName(new Fields(planned).blocks("subject")[0]);
    const pem = issueRequest(subject, publicKeyInfo(key), namesOf(planned), key);
    const id = createHash("sha1").update(parsePem("CERTIFICATE REQUEST", pem)).digest("hex");
    return { key_algorithm: algorithmName(key), cert_request_pem: pem, id };
  },

  read: async (state) => state,
  update: async ({ planned }) => planned,
  async delete() {},
};
