/**
 * Runs both APIs on loopback, on a platform where nothing happens, until interrupted:
 *
 *     npx tsx local-cloud/simulation/serve-apis.ts
 *
 * Ports from DIGITALOCEAN_PORT and CLOUDFLARE_PORT (default: free ones); tokens from DIGITALOCEAN_TOKEN and
 * CLOUDFLARE_API_TOKEN, else made and written, with the URLs, to the environment file named by ENV_FILE (default:
 * a new file in the temporary directory), which a shell can source. Both answer HTTPS as well, for clients that send no
 * token over plain HTTP: the certificate's authority is put beside that file. Alerts may go to CONFIRMED_EMAILS (with
 * commas between them). The zone is ZONE_NAME (default example.com).
 * RESERVED_IP_ASSIGN_MS sets the latency of an assignment, LOG_LEVEL what is logged.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulatedPlatform } from "./simulated-platform";
import { createCloudflareApi } from "../api/cloudflare/server";
import { createDigitalOceanApi } from "../api/digitalocean/server";
import { CertificateAuthority } from "../pki/certificate-authority";

const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";

async function main(): Promise<void> {
  const platform = simulatedPlatform();
  const logLevel = process.env["LOG_LEVEL"] ?? "info";
  const digitalOceanToken = process.env["DIGITALOCEAN_TOKEN"] ?? `dop_v1_${randomBytes(32).toString("hex")}`;
  const cloudflareToken = process.env["CLOUDFLARE_API_TOKEN"] ?? randomBytes(20).toString("hex");
  const assign = process.env["RESERVED_IP_ASSIGN_MS"];
  const digitalOcean = await createDigitalOceanApi({
    platform,
    logLevel,
    tokens: [{ token: digitalOceanToken, scopes: "full" }],
    confirmedEmails: (process.env["CONFIRMED_EMAILS"] ?? "").split(","),
    latencies: assign === undefined ? {} : { reservedIpAssign: Number(assign), reservedIpUnassign: Number(assign) },
  });
  const cloudflare = await createCloudflareApi({
    platform,
    logLevel,
    tokens: [{ token: cloudflareToken, scopes: "full" }],
    zones: [{ id: zoneId, name: process.env["ZONE_NAME"] ?? "example.com" }],
  });
  const host = "127.0.0.1";
  const file = process.env["ENV_FILE"] ?? join(await mkdtemp(join(tmpdir(), "simulated-clouds-")), "environment");
  const authority = await CertificateAuthority.create("Simulated clouds");
  const authorityFile = `${file}.ca.pem`;
  await writeFile(authorityFile, authority.certificate);
  const { certificate, privateKey } = await authority.issueServerCertificate(["localhost", host]);
  const secure = { host, port: 0, tls: { key: privateKey, cert: certificate } };
  const places = {
    DIGITALOCEAN_API_URL: await digitalOcean.listen({ host, port: Number(process.env["DIGITALOCEAN_PORT"] ?? 0) }),
    CLOUDFLARE_BASE_URL: `${await cloudflare.listen({ host, port: Number(process.env["CLOUDFLARE_PORT"] ?? 0) })}/client/v4`,
    DIGITALOCEAN_HTTPS_URL: await digitalOcean.listen(secure),
    CLOUDFLARE_HTTPS_URL: `${await cloudflare.listen(secure)}/client/v4`,
    CERTIFICATE_AUTHORITY: authorityFile,
  };
  const environment = {
    ...places,
    DIGITALOCEAN_TOKEN: digitalOceanToken,
    CLOUDFLARE_API_TOKEN: cloudflareToken,
    CLOUDFLARE_ZONE_ID: zoneId,
  };
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${value}\n`);
  await writeFile(file, lines.join(""), { mode: 0o600 });
  process.stdout.write(`${JSON.stringify({ ...places, zoneId, environmentFile: file })}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void Promise.all([digitalOcean.close(), cloudflare.close()]));
  }
}

void main();
