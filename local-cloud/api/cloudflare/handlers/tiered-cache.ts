import { preciseTimestamp } from "../../clock";
import { findZone, ok, type ApiRequest, type Handler } from "../account/route";
import type { ZoneSetting } from "../account/store";

/** Both are kept; the local edge has no cache. */
type Switch = "tiered_caching" | "tiered_cache_smart_topology_enable";

/** `GET` of one of the two. */
export const getSwitch =
  (name: Switch): Handler =>
  (cloud, request) =>
    ok(viewSwitch(name, findZone(cloud, request).caching.get(name)));

/** `PATCH` of one of the two. */
export const patchSwitch =
  (name: Switch): Handler =>
  (cloud, request) => {
    const changed = { value: readValue(request), modifiedOn: preciseTimestamp(cloud.clock.now()) };
    findZone(cloud, request).caching.set(name, changed);
    return ok(viewSwitch(name, changed));
  };

/** `DELETE /client/v4/zones/:zone/cache/tiered_cache_smart_topology_enable`. */
export const deleteSmartTopology: Handler = (cloud, request) => {
  const name = "tiered_cache_smart_topology_enable";
  findZone(cloud, request).caching.delete(name);
  return ok({ id: name, editable: true, modified_on: preciseTimestamp(cloud.clock.now()) });
};

function readValue({ body }: ApiRequest): string {
  return body.choice("value", ["on", "off"]);
}

function viewSwitch(id: Switch, setting: ZoneSetting | undefined): Record<string, unknown> {
  return { id, value: setting?.value ?? "off", modified_on: setting?.modifiedOn ?? null, editable: true };
}
