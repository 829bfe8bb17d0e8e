import { App, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { userDataLimitBytes } from "../../../cloud-init/cloud-config";
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
  expect(pathsOf(settings)).not.toContain("/etc/containers/systemd/app.container");
  expect(parseUserData(appUserData(settings)).packages).toContain("python3-psycopg-pool");
});

test("a container takes the demo's place", () => {
  const of = { ...settings, application: container };
  expect(contentOf("/etc/containers/systemd/app.container", of)).toContain("Image=ghcr.io/example/shop:1.4.2\n");
  expect(pathsOf(of).filter((path) => /demo-app|system\/app\.service/.test(path))).toEqual([]);
  const { packages, runcmd } = parseUserData(appUserData(of));
  expect(packages).toContain("podman");
  expect(packages.filter((name) => name.includes("psycopg"))).toEqual([]);
  // A generated unit cannot be enabled.
  expect(runcmd).not.toContainEqual(["systemctl", "enable", "--quiet", "app.service"]);
  expect(runcmd).toContainEqual(["systemctl", "restart", "app.service"]);
});

test("only root reads the secrets", () => {
  const secrets = appFiles(prepared).filter(({ permissions }) => permissions);
  expect(secrets.map(({ path, permissions }) => [path, permissions])).toEqual([
    ["/etc/infrastructure/app.env", "0600"],
    ["/etc/infrastructure/database-admin.url", "0600"],
    ["/etc/infrastructure/readiness.token", "0600"],
  ]);
});

test("the environment holds the platform's variables and a container's own", () => {
  const environment = { GREETING: 'a "b" $c #d', LOG_LEVEL: "info" };
  expect(contentOf("/etc/infrastructure/app.env", { ...settings, application: { ...container, environment } })).toBe(
    [
      "# The application's environment.",
      `PORT=${ports.app}`,
      `DATABASE_WRITE_URL=${database.writeUrl}`,
      `DATABASE_READ_URL=${database.readUrl}`,
      'GREETING=a "b" $c #d',
      "LOG_LEVEL=info",
      "",
    ].join("\n"),
  );
});

test("readiness covers the preparation of the database where there is one", () => {
  const unitsOf = (of: AppSettings) => JSON.parse(contentOf("/etc/infrastructure/status.json", of)).units;
  expect(unitsOf(settings)).toEqual(["app.service", "watch-app.service"]);
  expect(unitsOf(prepared)).toEqual(["prepare-database.service", "app.service", "watch-app.service"]);
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

test("the health path is asked where the application listens", () => {
  const of = { ...settings, application: { ...container, healthPath: "/up" } };
  const url = `http://127.0.0.1:${ports.app}/up`;
  expect(JSON.parse(contentOf("/etc/infrastructure/status.json", of)).check).toBe(url);
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
  // app.env holds three, database-admin.url and database-ca.pem one each.
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

test.each([
  ["ghcr.io/example/shop:1.4.2", true],
  ["registry.example.com:5000/shop@sha256:" + "a".repeat(64), true],
  ["localhost/shop:1", true],
  ["registry.digitalocean.com/team/shop_web:2025.1", true],
  ["example/shop:1.4.2", false],
  ["shop", false],
  ["ghcr.io/example/shop", false],
  ["ghcr.io/example/shop:1\nExecStart=/bin/sh", false],
  ["ghcr.io/example/shop:1 --privileged", false],
])("an image %j is accepted: %p", (image, accepted) => {
  const problems = checkAppSettings({ ...settings, application: { ...container, image } });
  expect(problems.map(({ path }) => path)).toEqual(accepted ? [] : ["application.image"]);
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
      environment: { PORT: "1", "not-a-name": "secret", LINES: "secret\nsecret" },
      healthPath: "up",
    },
  });
  expect(problems.map(({ path }) => path)).toEqual([
    "application.environment.PORT",
    "application.environment.not-a-name",
    "application.environment.LINES",
    "application.healthPath",
    "database.writeUrl",
    "database.readUrl",
    "database.adminUrl",
    "database.authority",
  ]);
  expect(problems.map(({ message }) => message).join()).not.toContain("secret");
});
