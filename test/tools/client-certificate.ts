import { generateKeyPairSync } from "node:crypto";
import { selfSignedCert } from "../../provider-bridge/tls/self-signed-cert";
import { type SimulatedClouds, zoneId } from "../provider-bridge/simulated-clouds";

/** Puts a client certificate with this common name into the zone, past Terraform; its id. */
export async function uploadClientCertificate(cloud: SimulatedClouds, commonName: string): Promise<string> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const private_key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const planned = {
    private_key_pem: private_key,
    subject: [{ common_name: commonName }],
    allowed_uses: ["client_auth"],
    validity_period_hours: 24,
  };
  const { cert_pem: certificate } = (await selfSignedCert.create({ planned } as never))!;
  const path = `/zones/${zoneId}/origin_tls_client_auth`;
  return (await cloud.cloudflare("POST", path, { certificate, private_key })).result.id as string;
}
