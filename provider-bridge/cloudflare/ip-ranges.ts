import type { DataSource } from "../plugin/provider";
import { computed, listOf, optional, type Attributes } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { stateAfterRead } from "./answer-state";
import type { CloudflareClient } from "./client";

const attributes: Attributes = {
  networks: optional("string"),
  etag: computed("string"),
  ipv4_cidrs: computed(listOf("string")),
  ipv6_cidrs: computed(listOf("string")),
  jdcloud_cidrs: computed(listOf("string")),
};

/** `data.cloudflare_ip_ranges`: where requests to origins come from. */
export const ipRanges: DataSource<CloudflareClient> = {
  attributes,

  async read(config: Values, { client }) {
    const query = typeof config.networks === "string" ? `?networks=${encodeURIComponent(config.networks)}` : "";
    return stateAfterRead(attributes, config, await client.call("GET", `ips${query}`));
  },
};
