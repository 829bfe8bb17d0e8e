import { notZero } from "../plugin/checks";
import type { DataSource } from "../plugin/provider";
import { computed, required, sdkId } from "../plugin/schema";
import { saying, type DigitalOceanClient } from "./client";

/** `data.digitalocean_database_ca`: the CA that signs a cluster's server certificates, as PEM. */
export const databaseCa: DataSource<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    cluster_id: required("string", { check: notZero }),
    certificate: computed("string"),
  },

  async read({ cluster_id }, { client }) {
    const get = client.get<{ ca: { certificate: string } }>(`/v2/databases/${cluster_id}/ca`);
    const { ca } = await saying("Error retrieving database CA certificate:", get);
    return { id: cluster_id ?? null, certificate: Buffer.from(ca.certificate, "base64").toString("utf8") };
  },
};
