import { randomInt } from "node:crypto";
import { preciseTimestamp } from "../../clock";
import type { Cloud } from "../account/cloud";
import { certificateNotFound, invalid } from "../account/errors";
import { ok, page, type ApiRequest, type Handler } from "../account/route";
import type { OriginCertificate, Zone } from "../account/store";

const validities = [7, 30, 90, 365, 730, 1095, 5475];
const dayMs = 24 * 3600 * 1000;

/** Signed by the platform's Origin CA, for names in zones of the account. */
export const createOriginCertificate: Handler = async (cloud, request) => {
  const { body } = request;
  const csr = body.text("csr");
  const hostnames = body.texts("hostnames");
  const requestType = body.choice("request_type", ["origin-rsa", "origin-ecc", "keyless-certificate"], "origin-rsa");
  const validity = body.optionalNumber("requested_validity") ?? 5475;
  if (!/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(csr))
    throw invalid("Failed to parse the certificate request", 1002);
  if (!validities.includes(validity)) throw invalid(`requested_validity must be one of ${validities.join(", ")}`, 1013);
  if (hostnames.length === 0) throw invalid("at least one hostname is required", 1003);
  for (const hostname of hostnames) checkHostname(cloud, hostname);
  const certificate = await cloud.platform.edge.signOriginCertificate(csr, hostnames, validity);
  const stored: OriginCertificate = {
    id: newId(cloud),
    certificate,
    csr,
    hostnames,
    requestType,
    requestedValidity: validity,
    expiresOn: expiry(cloud.clock.now() + validity * dayMs),
  };
  cloud.store.originCertificates.set(stored.id, stored);
  return ok(viewCertificate(stored));
};

/** `GET /client/v4/certificates/:certificate`. */
export const getOriginCertificate: Handler = (cloud, request) => ok(viewCertificate(findCertificate(cloud, request)));

/** All, or those with a name in the zone `?zone_id=`. */
export const listOriginCertificates: Handler = (cloud, request) => {
  const zoneId = request.query["zone_id"];
  const zone = cloud.store.zones.get(zoneId ?? "");
  const shown = [...cloud.store.originCertificates.values()].filter(
    ({ hostnames }) => zoneId === undefined || hostnames.some((hostname) => zone && isIn(zone, hostname)),
  );
  return page(shown, request, viewCertificate, ["zone_id"]);
};

/** `DELETE /client/v4/certificates/:certificate`. */
export const revokeOriginCertificate: Handler = (cloud, request) => {
  const { id } = findCertificate(cloud, request);
  cloud.store.originCertificates.delete(id);
  return ok({ id, revoked_at: preciseTimestamp(cloud.clock.now()) });
};

function findCertificate(cloud: Cloud, request: ApiRequest): OriginCertificate {
  const certificate = cloud.store.originCertificates.get(request.parameters["certificate"] ?? "");
  if (!certificate) throw certificateNotFound();
  return certificate;
}

function checkHostname(cloud: Cloud, hostname: string): void {
  if ([...cloud.store.zones.values()].some((zone) => isIn(zone, hostname))) return;
  throw invalid(
    `Failed to validate requested hostname ${hostname}: This zone is either not part of your account, or you do not have access to it.`,
    1010,
  );
}

function isIn(zone: Zone, hostname: string): boolean {
  const bare = hostname.replace(/^\*\./, "").toLowerCase();
  return bare === zone.name || bare.endsWith(`.${zone.name}`);
}

function newId(cloud: Cloud): string {
  const id = `${4_000_000_000 + randomInt(1_000_000_000)}`;
  return cloud.store.originCertificates.has(id) ? newId(cloud) : id;
}

/** Go's way of writing a time, which this part of Cloudflare's API shows: `2041-01-11 09:00:00 +0000 UTC`. */
function expiry(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}

function viewCertificate(certificate: OriginCertificate): Record<string, unknown> {
  return {
    id: certificate.id,
    certificate: certificate.certificate,
    expires_on: certificate.expiresOn,
    request_type: certificate.requestType,
    hostnames: certificate.hostnames,
    csr: certificate.csr,
    requested_validity: certificate.requestedValidity,
  };
}
