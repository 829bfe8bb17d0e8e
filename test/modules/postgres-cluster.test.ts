import { Tag } from "@cdktf/provider-digitalocean/lib/tag";
import { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import { PostgresCluster, type PostgresSettings, SettingsError } from "../../modules";
import { synthesize } from "./synthesized";

/** A cluster alone: nothing else of the infrastructure is needed for it. */
function synthesizeCluster(settings: PostgresSettings = {}) {
  return synthesize((stack) => {
    const vpc = new Vpc(stack, "vpc", { name: "shop", region: "ams3" });
    const clientTags = [new Tag(stack, "tag", { name: "shop-app" }).name];
    new PostgresCluster(stack, "db", { name: "shop", region: "ams3", vpc, clientTags, ...settings });
  });
}

const tfe = synthesizeCluster();
const cluster = "${digitalocean_database_cluster.db";

test("a cluster is PostgreSQL 17 with a standby, in the VPC, protected from destruction", () => {
  expect(tfe.resource("digitalocean_database_cluster.db")).toEqual({
    name: "shop-postgres",
    engine: "pg",
    version: "17",
    size: "db-s-1vcpu-2gb",
    node_count: 2,
    region: "ams3",
    private_network_uuid: "${digitalocean_vpc.vpc.id}",
    maintenance_window: [{ day: "sunday", hour: "04:00" }],
    lifecycle: { prevent_destroy: true },
  });
});

test("replicas say all that the provider would otherwise change at every apply", () => {
  expect(tfe.resources("digitalocean_database_replica")).toEqual({
    db_replicas_1: {
      cluster_id: `${cluster}.id}`,
      name: "shop-postgres-replica-1",
      region: "ams3",
      size: "db-s-1vcpu-2gb",
      private_network_uuid: "${digitalocean_vpc.vpc.id}",
    },
    db_replicas_2: expect.objectContaining({ name: "shop-postgres-replica-2" }),
  });
});

test("the primary and each replica let in the tag's droplets and nobody else", () => {
  const rule = [{ type: "tag", value: "${digitalocean_tag.tag.name}" }];
  expect(tfe.resources("digitalocean_database_firewall")).toEqual({
    db_firewall: { cluster_id: `${cluster}.id}`, rule, lifecycle: { prevent_destroy: true } },
    db_replicas_1_firewall: { cluster_id: "${digitalocean_database_replica.db_replicas_1.uuid}", rule },
    db_replicas_2_firewall: { cluster_id: "${digitalocean_database_replica.db_replicas_2.uuid}", rule },
  });
});

test("the database is protected from destruction, the user is not", () => {
  expect(tfe.resource("digitalocean_database_db.db_database")).toEqual({
    cluster_id: `${cluster}.id}`,
    name: "app",
    lifecycle: { prevent_destroy: true },
  });
  expect(tfe.resource("digitalocean_database_user.db_user")).toEqual({ cluster_id: `${cluster}.id}`, name: "app" });
});

test("writes go to the primary itself, over the VPC, with the server's name verified", () => {
  expect(tfe.section("locals")["db_write-url"]).toBe(
    "postgresql://${digitalocean_database_user.db_user.name}:${urlencode(digitalocean_database_user.db_user.password)}" +
      `@${cluster}.private_host}:${cluster}.port}/\${digitalocean_database_db.db_database.name}?sslmode=verify-full&sslrootcert=/etc/infrastructure/database-ca.pem`,
  );
  expect(tfe.resources("digitalocean_database_connection_pool")).toEqual({});
});

test("reads go to any replica, and to the primary when none answers", () => {
  const hosts = [
    "digitalocean_database_replica.db_replicas_1",
    "digitalocean_database_replica.db_replicas_2",
    "digitalocean_database_cluster.db",
  ].map((server) => `\${${server}.private_host}:\${${server}.port}`);
  expect(tfe.section("locals")["db_read-url"]).toBe(
    "postgresql://${digitalocean_database_user.db_user.name}:${urlencode(digitalocean_database_user.db_user.password)}" +
      `@${hosts.join(",")}/\${digitalocean_database_db.db_database.name}` +
      "?sslmode=verify-full&sslrootcert=/etc/infrastructure/database-ca.pem&target_session_attrs=prefer-standby&load_balance_hosts=random",
  );
});

test("grants go directly to the primary, as the administrator", () => {
  expect(tfe.section("locals")["db_admin-url"]).toBe(
    `postgresql://${cluster}.user}:\${urlencode(sensitive(terraform_data.db_administrator.output))}` +
      `@${cluster}.private_host}:${cluster}.port}/\${digitalocean_database_db.db_database.name}?sslmode=verify-full&sslrootcert=/etc/infrastructure/database-ca.pem`,
  );
});

test("nodes are told the administrator's password of when they needed it, which no later one replaces", () => {
  expect(tfe.resource("terraform_data.db_administrator")).toEqual({
    input: `${cluster}.password}`,
    triggers_replace: {
      cluster: "${local.db_cluster-id}",
      database: "${digitalocean_database_db.db_database.name}",
      user: "${digitalocean_database_user.db_user.name}",
    },
    lifecycle: { ignore_changes: ["input"] },
  });
});

test("another number of replicas leaves the others as they are", () => {
  const more = synthesizeCluster({ readReplicas: 3 }).resources("digitalocean_database_replica");
  expect(more).toMatchObject(tfe.resources("digitalocean_database_replica"));
  expect(Object.keys(more)).toHaveLength(3);
});

test("further sources may connect to primary and replicas, an address as DigitalOcean writes it", () => {
  const firewalls = synthesizeCluster({ trustedSources: ["198.51.100.7/32", "203.0.113.0/24"] }).resources(
    "digitalocean_database_firewall",
  );
  expect(Object.values(firewalls)).toHaveLength(3);
  for (const { rule } of Object.values(firewalls))
    expect(rule.slice(1)).toEqual([
      { type: "ip_addr", value: "198.51.100.7" },
      { type: "ip_addr", value: "203.0.113.0/24" },
    ]);
});

const SINGLE = "a single point of failure, set allowSinglePointsOfFailure to true where that is wanted";

test("fails with every wrong setting at once", () => {
  const settings = {
    size: "db-s-1vcpu-1gb",
    nodes: 1,
    readReplicas: 0,
    userName: "Robert'); DROP",
    poolMode: "statement" as PostgresSettings["poolMode"],
    maximumReplicaLagSeconds: 0,
    lockTimeoutSeconds: 0.5,
    trustedSources: ["198.51.100.7", "0.0.0.0/0"],
    maintenanceDay: "Sunday" as PostgresSettings["maintenanceDay"],
    maintenanceHour: "4:00",
  };
  let error: unknown;
  try {
    synthesizeCluster(settings);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SettingsError);
  expect((error as SettingsError).message.split("\n")).toEqual([
    'size: this plan has no standby node, got "db-s-1vcpu-1gb", change it to "db-s-1vcpu-2gb" or larger',
    `nodes: must be a whole number from 2 to 3, got 1 (${SINGLE})`,
    `readReplicas: must be a whole number from 1 to 5, got 0 (${SINGLE})`,
    'userName: must be 3 to 40 lower-case letters, digits or underscores, got "Robert\'); DROP"',
    'trustedSources[0]: must be a network such as 10.10.0.0/24, got "198.51.100.7"',
    'trustedSources[1]: must not be the whole internet, got "0.0.0.0/0", name the networks',
    'maintenanceDay: must be one of monday, tuesday, wednesday, thursday, friday, saturday, sunday, got "Sunday"',
    'maintenanceHour: must be a time of day "HH:MM" in UTC, got "4:00"',
    'poolMode: must be one of session, transaction, got "statement"',
    "maximumReplicaLagSeconds: must be a whole number from 1 to 3600, got 0",
    "lockTimeoutSeconds: must be a whole number from 0 to 86400, got 0.5",
  ]);
});

test("a restored cluster has the database and the user of its backup, which are not made again", () => {
  const restored = synthesizeCluster({ restoreFrom: { cluster: "old-postgres", at: "2026-01-31T19:25:22Z" } });
  expect(restored.resource("digitalocean_database_cluster.db")).toMatchObject({
    backup_restore: { database_name: "old-postgres", backup_created_at: "2026-01-31T19:25:22Z" },
    lifecycle: { prevent_destroy: true, ignore_changes: ["backup_restore"] },
  });
  expect(restored.resource("digitalocean_database_db.db_database")).toMatchObject({
    count: 0,
    lifecycle: { prevent_destroy: true },
  });
  expect(restored.resources("digitalocean_database_user")).toEqual({});
  expect(restored.section("locals")["db_write-url"]).toMatch(
    /^postgresql:\/\/\$\{data\.digitalocean_database_user\.db_restored-user\.name\}:.*\/app\?sslmode=verify-full/,
  );
});

test("fails for a restore without a cluster, or of a moment that is none", () => {
  const problems = (restoreFrom: object) => () =>
    synthesizeCluster({ restoreFrom: restoreFrom as PostgresSettings["restoreFrom"] });
  expect(problems({})).toThrow("restoreFrom.cluster: is missing");
  expect(problems({ cluster: "old-postgres", at: "yesterday" })).toThrow(
    'restoreFrom.at: must be a time in UTC, "2026-01-31T19:25:22Z", got "yesterday"',
  );
  expect(problems({ cluster: "old-postgres", at: "2026-02-31T25:00:00Z" })).toThrow("restoreFrom.at");
});
