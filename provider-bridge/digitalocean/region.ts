import { notEmpty } from "../plugin/checks";
import type { DataSource } from "../plugin/provider";
import { computed, required, sdkId, setOf } from "../plugin/schema";
import type { Values, ValueType } from "../plugin/values";
import { saying, type DigitalOceanClient } from "./client";
import { pick, recordList } from "./record-list";

const record = {
  slug: "string",
  name: "string",
  sizes: setOf("string"),
  features: setOf("string"),
  available: "bool",
} satisfies Record<string, ValueType>;

/** `data.digitalocean_regions` */
export const regions = recordList({ result: "regions", path: "/v2/regions", record });

/** `data.digitalocean_region` */
export const region: DataSource<DigitalOceanClient> = {
  attributes: {
    id: sdkId,
    slug: required("string", { check: notEmpty }),
    name: computed("string"),
    sizes: computed(setOf("string")),
    features: computed(setOf("string")),
    available: computed("bool"),
  },

  async read({ slug }, { client }) {
    const all = await saying("Unable to load regions:", client.list<Values>("/v2/regions", "regions"));
    const found = all.find((one) => one.slug === slug);
    if (!found) throw new Error(`Region does not exist: ${slug}`);
    return { id: slug ?? null, ...pick(found, record) };
  },
};
