import type { ResourceType } from "../plugin/provider";
import { computed, required, type Attributes } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { stateAfterWrite } from "./answer-state";
import type { CloudflareClient } from "./client";
import { idOf, readObject } from "./reading";
import { requestBody } from "./request-body";

const attributes: Attributes = {
  zone_id: required("string", { forceNew: true }),
  certificate_id: computed("string", { keep: true }),
  certificate: required("string", { forceNew: true }),
  private_key: required("string", { sensitive: true }),
  enabled: computed("bool"),
  expires_on: computed("string", { time: true }),
  id: computed("string"),
  issuer: computed("string"),
  signature: computed("string"),
  status: computed("string"),
  uploaded_on: computed("string", { time: true }),
};

/** `cloudflare_authenticated_origin_pulls_certificate`: what the edge shows to the origins of a zone. */
export const authenticatedOriginPullsCertificate: ResourceType<CloudflareClient> = {
  attributes,

  async create({ client, planned }) {
    const answer = await client.call("POST", certificatesPath(planned), requestBody(attributes, planned, ["zone_id"]));
    const state = stateAfterWrite(attributes, planned, answer);
    return { ...state, certificate_id: state.id ?? null };
  },

  async read(state, call) {
    const found = await readObject(attributes, certificatePath(state), state, call);
    return found && { ...found, private_key: state.private_key ?? null, certificate_id: found.id ?? null };
  },

  /**
   * Only the private key can change without a replacement, and the API has no call for that: nothing happens, and
   * Terraform reports an inconsistent result. Rotate certificate and key together.
   */
  update: async ({ prior }) => prior,

  async delete(state, { client }) {
    await client.call("DELETE", certificatePath(state));
  },
};

function certificatesPath({ zone_id }: Values): string {
  return `zones/${zone_id}/origin_tls_client_auth`;
}

function certificatePath(state: Values): string {
  return `${certificatesPath(state)}/${idOf(state, "certificate_id", "certificate_id")}`;
}
