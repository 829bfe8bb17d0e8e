import { createHash } from "node:crypto";
import { ok, type Handler } from "../account/route";

/** Ranges that requests to origins come from. Everyone may ask. */
export const getIpRanges: Handler = (cloud) => {
  const { ipv4Ranges, ipv6Ranges } = cloud.platform.edge;
  const etag = createHash("md5")
    .update([...ipv4Ranges, ...ipv6Ranges].join(","))
    .digest("hex");
  return ok({ ipv4_cidrs: ipv4Ranges, ipv6_cidrs: ipv6Ranges, etag });
};
