import { ok, page, findZone, type Handler } from "../account/route";
import type { Zone } from "../account/store";

const account = { id: "01a7362d577a6c3019a474fd6f485823", name: "local cloud" };
const activeStatus = "active";

/** All zones, or those of `?name=`, `?account.id=` and `?status=`. */
export const listZones: Handler = (cloud, request) => {
  const { name, "account.id": accountId, status } = request.query;
  const shown = [...cloud.store.zones.values()].filter(
    (zone) =>
      (name === undefined || zone.name === name) &&
      (accountId === undefined || accountId === account.id) &&
      (status === undefined || status === activeStatus),
  );
  return page(shown, request, viewZone, ["name", "account.id", "status"]);
};

/** `GET /client/v4/zones/:zone`. */
export const getZone: Handler = (cloud, request) => ok(viewZone(findZone(cloud, request)));

/** Only tokens that are valid come this far. */
export const verifyToken: Handler = () => ok({ id: "ed17574386854bf78a67040be0a770b0", status: "active" });

function viewZone(zone: Zone): Record<string, unknown> {
  return {
    id: zone.id,
    name: zone.name,
    status: activeStatus,
    paused: false,
    type: "full",
    development_mode: 0,
    name_servers: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
    original_name_servers: [],
    original_registrar: null,
    original_dnshost: null,
    created_on: zone.createdOn,
    modified_on: zone.createdOn,
    activated_on: zone.createdOn,
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    owner: { id: account.id, type: "user", email: null },
    account,
    permissions: [],
    plan: { id: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", name: "Free Website", is_subscribed: false },
  };
}
