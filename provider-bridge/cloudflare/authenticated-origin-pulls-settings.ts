import type { ResourceType } from "../plugin/provider";
import { required, type Attributes } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { stateAfterWrite } from "./answer-state";
import type { CloudflareClient } from "./client";
import { destructionWarnings } from "./destruction-warning";
import { readObject } from "./reading";
import { requestBody } from "./request-body";

const attributes: Attributes = {
  zone_id: required("string", { forceNew: true }),
  enabled: required("bool"),
};

/** `cloudflare_authenticated_origin_pulls_settings`. Destroying it changes nothing in the zone. */
export const authenticatedOriginPullsSettings: ResourceType<CloudflareClient> = {
  attributes,
  planWarnings: destructionWarnings,
  create: ({ client, planned }) => putSettings(client, planned),
  read: (state, call) => readObject(attributes, settingsPath(state), state, call),
  update: ({ client, planned }) => putSettings(client, planned),
  async delete() {},
};

async function putSettings(client: CloudflareClient, planned: Values): Promise<Values> {
  const answer = await client.call("PUT", settingsPath(planned), requestBody(attributes, planned, ["zone_id"]));
  return stateAfterWrite(attributes, planned, answer);
}

function settingsPath({ zone_id }: Values): string {
  return `zones/${zone_id}/origin_tls_client_auth/settings`;
}
