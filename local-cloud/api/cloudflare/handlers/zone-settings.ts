import { preciseTimestamp } from "../../clock";
import { edgeChanged } from "../account/cloud";
import { settingValue } from "../account/edge-hostnames";
import { invalid, settingNotFound } from "../account/errors";
import { findZone, ok, type ApiRequest, type Handler } from "../account/route";
import type { Zone } from "../account/store";
import { settingDefinitions } from "../account/zone-settings";

/** `GET /client/v4/zones/:zone/settings/:setting`. */
export const getZoneSetting: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  return ok(viewSetting(zone, findName(request)));
};

/** `GET /client/v4/zones/:zone/settings`. */
export const listZoneSettings: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  return ok(Object.keys(settingDefinitions).map((name) => viewSetting(zone, name)));
};

/** `true` and `false` are taken for "on" and "off", as the provider may send them. */
export const patchZoneSetting: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const name = findName(request);
  const sent = request.body.raw("value");
  const value = sent === true ? "on" : sent === false ? "off" : sent;
  if (!settingDefinitions[name]?.allowed.includes(value as string)) {
    throw invalid(`Invalid value for zone setting ${name}`, 1007);
  }
  zone.settings.set(name, { value, modifiedOn: preciseTimestamp(cloud.clock.now()) });
  edgeChanged(cloud);
  return ok(viewSetting(zone, name));
};

function findName(request: ApiRequest): string {
  const name = request.parameters["setting"] ?? "";
  if (!Object.hasOwn(settingDefinitions, name)) throw settingNotFound(name);
  return name;
}

function viewSetting(zone: Zone, name: string): Record<string, unknown> {
  return {
    id: name,
    value: settingValue(zone, name),
    modified_on: zone.settings.get(name)?.modifiedOn ?? null,
    editable: true,
    ...(name === "ssl" && { certificate_status: "active" }),
  };
}
