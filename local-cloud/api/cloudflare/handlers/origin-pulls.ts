import { randomUUID, X509Certificate } from "node:crypto";
import { preciseTimestamp } from "../../clock";
import { edgeChanged } from "../account/cloud";
import { clientCertificateNotFound, invalid } from "../account/errors";
import { findZone, ok, page, type ApiRequest, type Handler } from "../account/route";
import type { ClientCertificate, Zone } from "../account/store";

/** The certificate that the edge presents to the zone's origins. Kept byte for byte. */
export const uploadClientCertificate: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const certificate = request.body.text("certificate");
  const privateKey = request.body.text("private_key");
  const parsed = parse(certificate);
  const stored: ClientCertificate = {
    id: randomUUID().replaceAll("-", ""),
    certificate,
    privateKey,
    uploadedOn: preciseTimestamp(cloud.clock.now()),
    expiresOn: preciseTimestamp(Date.parse(parsed.validTo)),
    issuer: parsed.issuer.replaceAll("\n", ", "),
    serialNumber: BigInt(`0x${parsed.serialNumber}`).toString(),
    signature: "ECDSAWithSHA256",
  };
  zone.clientCertificates.set(stored.id, stored);
  edgeChanged(cloud);
  return ok(viewCertificate(stored));
};

/** `GET /client/v4/zones/:zone/origin_tls_client_auth/:certificate`. */
export const getClientCertificate: Handler = (cloud, request) =>
  ok(viewCertificate(findCertificate(findZone(cloud, request), request)));

/** `GET /client/v4/zones/:zone/origin_tls_client_auth`. */
export const listClientCertificates: Handler = (cloud, request) =>
  page([...findZone(cloud, request).clientCertificates.values()], request, viewCertificate);

/** `DELETE /client/v4/zones/:zone/origin_tls_client_auth/:certificate`. */
export const deleteClientCertificate: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  const certificate = findCertificate(zone, request);
  zone.clientCertificates.delete(certificate.id);
  edgeChanged(cloud);
  return ok({ ...viewCertificate(certificate), status: "pending_deletion" });
};

/** `GET /client/v4/zones/:zone/origin_tls_client_auth/settings`. */
export const getOriginPullsSettings: Handler = (cloud, request) =>
  ok({ enabled: findZone(cloud, request).authenticatedOriginPulls });

/** `PUT /client/v4/zones/:zone/origin_tls_client_auth/settings`. */
export const putOriginPullsSettings: Handler = (cloud, request) => {
  const zone = findZone(cloud, request);
  zone.authenticatedOriginPulls = request.body.flag("enabled", false);
  edgeChanged(cloud);
  return ok({ enabled: zone.authenticatedOriginPulls });
};

function findCertificate(zone: Zone, request: ApiRequest): ClientCertificate {
  const certificate = zone.clientCertificates.get(request.parameters["certificate"] ?? "");
  if (!certificate) throw clientCertificateNotFound();
  return certificate;
}

function parse(certificate: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch {
    throw invalid("The certificate is not valid PEM.", 1403);
  }
}

function viewCertificate(certificate: ClientCertificate): Record<string, unknown> {
  return {
    id: certificate.id,
    certificate: certificate.certificate,
    issuer: certificate.issuer,
    signature: certificate.signature,
    serial_number: certificate.serialNumber,
    expires_on: certificate.expiresOn,
    status: "active",
    uploaded_on: certificate.uploadedOn,
    enabled: true,
  };
}
