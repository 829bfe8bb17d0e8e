import { oneOf, oneWordOf } from "../plugin/checks";
import type { ResourceType } from "../plugin/provider";
import { computed, listOf, optional, required, type Attributes } from "../plugin/schema";
import { stateAfterWrite } from "./answer-state";
import type { CloudflareClient } from "./client";
import { idOf, parseImportId, readObject } from "./reading";
import { requestBody } from "./request-body";

const attributes: Attributes = {
  id: computed("string", { keep: true }),
  csr: required("string", { forceNew: true }),
  hostnames: required(listOf("string"), { forceNew: true }),
  request_type: required("string", {
    forceNew: true,
    check: oneWordOf("origin-rsa", "origin-ecc", "keyless-certificate"),
  }),
  requested_validity: optional("number", {
    computed: true,
    default: 5475,
    check: oneOf(7, 30, 90, 365, 730, 1095, 5475),
  }),
  certificate: computed("string"),
  expires_on: computed("string"),
};

/** `cloudflare_origin_ca_certificate`. Everything replaces it, the order of the host names too. */
export const originCaCertificate: ResourceType<CloudflareClient> = {
  attributes,

  /** The validity only counts if the configuration names it. */
  replacedFor: ({ prior, config, planned }) =>
    (config.requested_validity ?? null) !== null && prior?.requested_validity !== planned.requested_validity
      ? ["requested_validity"]
      : [],

  async create({ client, planned }) {
    const answer = await client.call("POST", "certificates", requestBody(attributes, planned, []));
    return stateAfterWrite(attributes, planned, answer);
  },

  /** The answer's request and validity are not looked at. */
  async read(state, call) {
    const found = await readObject(attributes, `certificates/${idOf(state, "id", "certificate_id")}`, state, call);
    const { csr = null, requested_validity = null } = state;
    return found && { ...found, csr, requested_validity };
  },

  update: async ({ prior }) => prior,

  async delete(state, { client }) {
    await client.call("DELETE", `certificates/${idOf(state, "id", "certificate_id")}`);
  },

  async import(importId, call) {
    const [id = ""] = parseImportId(importId, "<certificate_id>");
    return (await readObject(attributes, `certificates/${id}`, { id }, call)) ?? { id };
  },
};
