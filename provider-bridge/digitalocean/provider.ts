import type { Provider } from "../plugin/provider";
import { optional } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { account } from "./account";
import { DigitalOceanClient } from "./client";
import { databaseCa } from "./database-ca";
import { databaseCluster } from "./database-cluster";
import { databaseConnectionPool } from "./database-connection-pool";
import { databaseDb } from "./database-db";
import { databaseFirewall } from "./database-firewall";
import { databasePostgresqlConfig } from "./database-postgresql-config";
import { databaseReplica } from "./database-replica";
import { databaseUser, existingDatabaseUser } from "./database-user";
import { droplet } from "./droplet";
import { firewall } from "./firewall";
import { monitorAlert } from "./monitor-alert";
import { region, regions } from "./region";
import { reservedIp } from "./reserved-ip";
import { sizes } from "./sizes";
import { sshKey } from "./ssh-key";
import { tag } from "./tag";
import { uptimeAlert } from "./uptime-alert";
import { uptimeCheck } from "./uptime-check";
import { vpc } from "./vpc";

/** Stand-in for the provider digitalocean/digitalocean 2.71: the types that this project uses. */
export const digitalocean: Provider<DigitalOceanClient> = {
  style: "legacy",
  configuration: {
    attributes: {
      token: optional("string"),
      api_endpoint: optional("string"),
      http_retry_max: optional("number"),
      http_retry_wait_min: optional("number"),
      http_retry_wait_max: optional("number"),
      requests_per_second: optional("number"),
      spaces_endpoint: optional("string"),
      spaces_access_id: optional("string"),
      spaces_secret_key: optional("string"),
    },
  },
  resources: {
    digitalocean_database_cluster: databaseCluster,
    digitalocean_database_connection_pool: databaseConnectionPool,
    digitalocean_database_db: databaseDb,
    digitalocean_database_firewall: databaseFirewall,
    digitalocean_database_postgresql_config: databasePostgresqlConfig,
    digitalocean_database_replica: databaseReplica,
    digitalocean_database_user: databaseUser,
    digitalocean_droplet: droplet,
    digitalocean_firewall: firewall,
    digitalocean_monitor_alert: monitorAlert,
    digitalocean_reserved_ip: reservedIp,
    digitalocean_ssh_key: sshKey,
    digitalocean_tag: tag,
    digitalocean_uptime_alert: uptimeAlert,
    digitalocean_uptime_check: uptimeCheck,
    digitalocean_vpc: vpc,
  },
  dataSources: {
    digitalocean_account: account,
    digitalocean_database_ca: databaseCa,
    digitalocean_database_user: existingDatabaseUser,
    digitalocean_region: region,
    digitalocean_regions: regions,
    digitalocean_sizes: sizes,
  },

  configure(configuration, environment) {
    const text = (name: string, ...variables: readonly string[]) =>
      setting(configuration, environment, name, variables);
    const number = (name: string, variable: string, otherwise: number) => Number(text(name, variable) ?? otherwise);
    return new DigitalOceanClient({
      endpoint: text("api_endpoint", "DIGITALOCEAN_API_URL") ?? "https://api.digitalocean.com",
      token: text("token", "DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN") ?? "",
      retries: number("http_retry_max", "DIGITALOCEAN_HTTP_RETRY_MAX", 4),
      shortestPauseSeconds: number("http_retry_wait_min", "DIGITALOCEAN_HTTP_RETRY_WAIT_MIN", 1),
      longestPauseSeconds: number("http_retry_wait_max", "DIGITALOCEAN_HTTP_RETRY_WAIT_MAX", 30),
    });
  },
};

/** The configured value, else the first environment variable that is set. */
function setting(
  configuration: Values,
  environment: NodeJS.ProcessEnv,
  name: string,
  variables: readonly string[],
): string | undefined {
  const configured = configuration[name];
  if (typeof configured === "string" || typeof configured === "number") return String(configured);
  return variables.map((variable) => environment[variable]).find((value) => value);
}
