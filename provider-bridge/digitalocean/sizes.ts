import { setOf } from "../plugin/schema";
import { recordList } from "./record-list";

/** `data.digitalocean_sizes` */
export const sizes = recordList({
  result: "sizes",
  path: "/v2/sizes",
  record: {
    slug: "string",
    available: "bool",
    transfer: "number",
    price_monthly: "number",
    price_hourly: "number",
    memory: "number",
    vcpus: "number",
    disk: "number",
    regions: setOf("string"),
  },
});
