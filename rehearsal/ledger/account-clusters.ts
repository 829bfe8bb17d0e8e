import { writeFileSync } from "node:fs";
import path from "node:path";
import type { PsqlTarget } from "./psql-session";

/** A cluster, as DigitalOcean's API shows it; for programs that run as an operator, with DIGITALOCEAN_TOKEN. */
export interface AccountCluster {
  readonly id: string;
  readonly name: string;
  readonly connection: Omit<PsqlTarget, "authority">;
}

/** Throws with the names that there are. */
export async function findCluster(name: string): Promise<AccountCluster> {
  const { databases } = (await askApi("GET", "/v2/databases")) as { databases: AccountCluster[] };
  const cluster = databases.find((one) => one.name === name);
  if (cluster !== undefined) return cluster;
  const known = databases.map((one) => one.name).join(", ") || "none";
  throw new Error(`cluster: must be one of the account's, got ${name}; there is: ${known}`);
}

/** The administrator's way to it, over its public name; the certificate of its authority goes into the directory. */
export async function connectionTo({ id, connection }: AccountCluster, directory: string): Promise<PsqlTarget> {
  const { ca } = (await askApi("GET", `/v2/databases/${id}/ca`)) as { ca: { certificate: string } };
  const authority = path.join(directory, `${id}.pem`);
  writeFileSync(authority, Buffer.from(ca.certificate, "base64"));
  const { host, port, user, password, database } = connection;
  return { host, port, user, password, database, authority };
}

/** PostgreSQL's and the service's own configuration of a cluster. */
export async function patchConfiguration({ id }: AccountCluster, config: object): Promise<void> {
  await askApi("PATCH", `/v2/databases/${id}/config`, { config });
}

async function askApi(method: string, address: string, body?: object): Promise<unknown> {
  const { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_TOKEN: token } = process.env;
  const response = await fetch(`${url}${address}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address}: status ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
