import { App, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { userDataLimitBytes } from "../../../cloud-init/cloud-config";
import { endpointUnits } from "../../../cloud-init/app/endpoints";
import { appFiles, appUserData, checkAppSettings, type AppSettings } from "../../../cloud-init/app/user-data";
import { ports } from "../../../cloud-init/ports";
import { parseUserData } from "../parse-user-data";

const settings: AppSettings = {
  tags: { loadBalancer: "shop-load-balancer", web: "shop-web", app: "shop-app" },
  readinessToken: "readiness-token-0123456789",
  hostname: "www.example.com",
  database: {
    writeUrl: "postgresql://shop:p4ss_w-rd@primary.db.example.com:25061/pool?sslmode=verify-full",
    readUrl:
      "postgresql://shop:p4ss_w-rd@r1.db.example.com:25060,r2.db.example.com:25060/shop?load_balance_hosts=random",
    authority: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  },
};
const { database } = settings;
/** With the administrator's URL as well. */
const prepared: AppSettings = { ...settings, database: { ...database, adminUrl: database.writeUrl } };
const container = { kind: "container", image: "ghcr.io/example/shop:1.4.2" } as const;

function contentOf(path: string, of: AppSettings): string {
  const file = appFiles(of).find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return String(file.content);
}

function pathsOf(of: AppSettings): string[] {
  return appFiles(of).map(({ path }) => path);
}

test("an app node runs the demo by default", () => {
  expect(pathsOf(settings)).toEqual(
    expect.arrayContaining(["/etc/systemd/system/app.service", "/usr/local/lib/demo-app/__main__.py"]),
  );
  expect(pathsOf(settings)).not.toContain("/usr/local/sbin/run-container");
  expect(parseUserData(appUserData(settings)).packages).toContain("python3-psycopg-pool");
});

test("a container takes the demo's place", () => {
  const of = { ...settings, application: container };
  expect(contentOf("/etc/systemd/system/app.service", of)).toContain("ExecStart=/usr/local/sbin/run-container\n");
  expect(JSON.parse(contentOf("/etc/infrastructure/container.json", of)).image).toBe("ghcr.io/example/shop:1.4.2");
  expect(pathsOf(of).filter((path) => /demo-app/.test(path))).toEqual([]);
  const { packages, runcmd } = parseUserData(appUserData(of));
  expect(packages).toContain("podman");
  expect(packages.filter((name) => name.includes("psycopg"))).toEqual(["python3-psycopg"]);
  expect(runcmd).toContainEqual(expect.arrayContaining(["systemctl", "enable", "app.service"]));
  expect(runcmd).toContainEqual(["systemctl", "restart", "app.service"]);
});

test("only root reads the secrets", () => {
  const secrets = appFiles(prepared).filter(({ permissions }) => permissions);
  expect(secrets.map(({ path, permissions }) => [path, permissions])).toEqual([
    ["/etc/infrastructure/app.env", "0600"],
    ["/etc/infrastructure/database-admin.url", "0600"],
    ["/etc/infrastructure/database-endpoints.env", "0600"],
    ["/etc/infrastructure/readiness.token", "0600"],
  ]);
});

test("an application is led to the node's own endpoints, and told the primary itself", () => {
  const { writeUrl, readUrl } = database;
  const lines = (path: string, of: AppSettings) => contentOf(path, of).split("\n").slice(1, -1);
  expect(lines("/etc/infrastructure/app.env", settings)).toEqual([
    `PORT=${ports.app}`,
    `DATABASE_DIRECT_URL=${writeUrl}`,
  ]);
  const directUrl = "postgresql://shop:pw@primary/shop";
  expect(lines("/etc/infrastructure/app.env", { ...settings, database: { ...database, directUrl } })[1]).toBe(
    `DATABASE_DIRECT_URL=${directUrl}`,
  );
  const endpoints = "/etc/infrastructure/database-endpoints.env";
  const common = ["WRITE_PORT=6432", "READ_PORT=6433", "MAXIMUM_LAG_SECONDS=10"];
  expect(lines(endpoints, settings)).toEqual([
    ...[...common, "CLUSTER_ID=", "DATABASE_TOKEN=", `DATABASE_READ_URL=${readUrl}`],
  ]);
  // The API names the replicas.
  const named = { ...database, clusterId: "9cc10173", token: "dop_v1_x", maximumReplicaLagSeconds: 5 };
  expect(lines(endpoints, { ...settings, database: named })).toEqual([
    ...["WRITE_PORT=6432", "READ_PORT=6433", "MAXIMUM_LAG_SECONDS=5"],
    ...["CLUSTER_ID=9cc10173", "DATABASE_TOKEN=dop_v1_x", "DATABASE_READ_URL="],
  ]);
});

test("endpoints have the pool that was set, and names of servers are verified", () => {
  const pooler = "/etc/infrastructure/pgbouncer.ini";
  expect(contentOf(pooler, settings)).toMatch(/\npool_mode = session\n[^]*\ndefault_pool_size = 20\n/);
  expect(contentOf(pooler, settings)).toContain("\nserver_tls_sslmode = verify-full\n");
  const set: AppSettings = { ...settings, databaseConnections: 7, database: { ...database, poolMode: "transaction" } };
  expect(contentOf(pooler, set)).toMatch(/\npool_mode = transaction\n[^]*\ndefault_pool_size = 7\n/);
});

test("time-outs of the application's user are what was set", () => {
  const of = { ...prepared, database: { ...prepared.database, statementTimeoutSeconds: 0, isExclusive: true } };
  expect(contentOf("/etc/infrastructure/prepare-database.env", of).split("\n").slice(0, -1)).toEqual([
    expect.any(String),
    "CLOSED_DATABASE=defaultdb",
    expect.any(String),
    ...["STATEMENT_TIMEOUT_SECONDS=0", "LOCK_TIMEOUT_SECONDS=30", "IDLE_IN_TRANSACTION_TIMEOUT_SECONDS=60"],
  ]);
});

test("no program of the node's reads the variables that a container is given", () => {
  const of = { ...prepared, application: { ...container, environment: { LD_PRELOAD: "/usr/lib/libjemalloc.so.2" } } };
  const holding = appFiles(of).filter(({ content }) => String(content).includes("libjemalloc"));
  expect(holding.map(({ path }) => path)).toEqual(["/etc/infrastructure/container.json"]);
  expect(appFiles(of).filter(({ content }) => /EnvironmentFile=.*container/.test(String(content)))).toEqual([]);
});

test("readiness covers the preparation of the database where there is one", () => {
  const unitsOf = (of: AppSettings) => JSON.parse(contentOf("/etc/infrastructure/status.json", of)).units;
  expect(unitsOf(settings)).toEqual([...endpointUnits, "app.service", "watch-app.service"]);
  expect(unitsOf(prepared)).toEqual([...endpointUnits, "prepare-database.service", "app.service", "watch-app.service"]);
  expect(pathsOf(settings)).not.toContain("/usr/local/sbin/prepare-database");
});

test("the database is prepared before the application starts", () => {
  for (const application of [undefined, container]) {
    const { runcmd } = parseUserData(appUserData({ ...prepared, application }));
    const commands = runcmd.map(String);
    const prepare = commands.indexOf("systemctl,restart,prepare-database.service");
    expect(prepare).toBeGreaterThan(0);
    expect(commands.indexOf("systemctl,restart,app.service")).toBeGreaterThan(prepare);
  }
});

test("a port of the application's own is behind port 8000, and asked on the node where it is", () => {
  const of = { ...settings, application: { ...container, port: 3000 } };
  expect(contentOf("/etc/infrastructure/app.env", of)).toContain("\nPORT=3000\n");
  expect(contentOf("/etc/infrastructure/app-port.nft", of)).toContain("tcp dport 8000 tcp dport set 3000\n");
  const { units, check } = JSON.parse(contentOf("/etc/infrastructure/status.json", of));
  expect(units).toEqual(["app-port.service", ...endpointUnits, "app.service", "watch-app.service"]);
  expect(check).toBe("http://$PRIVATE_ADDRESS:3000/healthz");
  expect(contentOf("/etc/infrastructure/role.env", of)).toContain("APP_HEALTH_URL=http://127.0.0.1:3000/healthz\n");
  const commands = parseUserData(appUserData(of)).runcmd.map(String);
  const redirect = commands.indexOf("systemctl,restart,app-port.service");
  expect(redirect).toBeGreaterThan(0);
  expect(commands.indexOf("systemctl,restart,app.service")).toBeGreaterThan(redirect);
});

test("nothing is redirected for an application at port 8000", () => {
  for (const port of [undefined, ports.app])
    expect(pathsOf({ ...settings, application: { ...container, port } }).join()).not.toContain("app-port");
});

test("the health path is asked where the application listens", () => {
  const of = { ...settings, application: { ...container, healthPath: "/up" } };
  const check = `http://$PRIVATE_ADDRESS:${ports.app}/up`;
  expect(JSON.parse(contentOf("/etc/infrastructure/status.json", of)).check).toBe(check);
  const url = `http://127.0.0.1:${ports.app}/up`;
  expect(contentOf("/etc/infrastructure/role.env", of)).toContain(`APP_HEALTH_URL=${url}\n`);
});

test("values that are known only at apply are left to Terraform", () => {
  const stack = new TerraformStack(new App(), "test");
  const late = new TerraformVariable(stack, "late", { sensitive: true }).stringValue;
  const userData = appUserData({
    ...settings,
    application: { ...container, environment: { API_KEY: late } },
    database: { writeUrl: late, readUrl: late, adminUrl: late, authority: late },
  });
  new TerraformOutput(stack, "user-data", { value: userData, sensitive: true });
  const expression = Testing.synth(stack);
  // app.env and database-endpoints.env hold a URL each; the variable, database-admin.url and database-ca.pem have files of
  // their own.
  expect(expression.match(/var\.late/g)).toHaveLength(5);
  // A marker that was encoded here would reach the host as it is.
  expect(expression).not.toContain(Buffer.from("${TfToken[").toString("base64").slice(0, 12));
});

test("user-data of an app node leaves a quarter of the limit free", () => {
  for (const application of [undefined, container]) {
    const userData = appUserData({ ...prepared, application });
    expect(Buffer.byteLength(userData)).toBeLessThan((userDataLimitBytes * 3) / 4);
  }
});

test("fails with all problems of the settings at once, and without the secrets in them", () => {
  const problems = checkAppSettings({
    ...settings,
    database: {
      writeUrl: 'postgresql://shop:"secret"@db/x',
      readUrl: "postgresql://shop:secret@db/x\nEVIL=1",
      adminUrl: "mysql://secret",
      authority: "secret",
    },
    application: {
      ...container,
      environment: { PORT: "1", "not-a-name": "secret" },
      healthPath: "up",
    },
  });
  expect(problems.map(({ path }) => path)).toEqual([
    "application.environment.PORT",
    "application.environment.not-a-name",
    "application.healthPath",
    "database.writeUrl",
    "database.readUrl",
    "database.adminUrl",
    "database.authority",
  ]);
  expect(problems.map(({ message }) => message).join()).not.toContain("secret");
});

test.each([
  ["null", null, "application", 'must be an object whose kind is "demo" or "container", got null'],
  ["a text", "ghcr.io/example/shop:1", "application", "must be an object"],
  ["nothing in it", {}, "application.kind", 'is missing, must be "demo" or "container"'],
  ["another kind", { kind: "vm" }, "application.kind", 'must be "demo" or "container", got "vm"'],
])("fails for an application that is %s", (_, application, path, message) => {
  const problems = checkAppSettings({ ...settings, application: application as never });
  expect(problems).toEqual([{ path, message: expect.stringContaining(message) as string }]);
});

test("a release command runs before the container, and makes the node ready", () => {
  const application = { ...container, releaseCommand: ["bin/rails", "db:migrate"] };
  const files = new Map(appFiles({ ...settings, application }).map(({ path, content }) => [path, String(content)]));
  expect(JSON.parse(files.get("/etc/infrastructure/release.json")!)).toEqual({ command: application.releaseCommand });
  expect(files.get("/etc/systemd/system/app.service.d/release.conf")).toContain("Requires=release.service");
  expect(JSON.parse(files.get("/etc/infrastructure/status.json")!).units).toEqual([
    ...[...endpointUnits, "release.service", "app.service", "watch-app.service"],
  ]);
  expect(appFiles({ ...settings, application: container }).filter(({ path }) => path.includes("release"))).toEqual([]);
  expect(
    checkAppSettings({ ...settings, application: { ...container, releaseCommand: "db:migrate" as never } }),
  ).toEqual([{ path: "application.releaseCommand", message: expect.stringContaining("list") }]);
});
