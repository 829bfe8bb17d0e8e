import { App, Lazy, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { type Container, containerChecks, containerFiles } from "../../../cloud-init/app/container";
import { checkGroup } from "../../../cloud-init/check-group";
import { encodeBase64 } from "../../../cloud-init/late-values";

const image = "ghcr.io/example/shop:1.4.2";
const stack = new TerraformStack(new App(), "test");
const late = new TerraformVariable(stack, "late", { sensitive: true }).stringValue;

const problemsOf = (settings: object) =>
  checkGroup<Container>("container", { image, ...settings }, containerChecks, { required: ["image"] });

const file = (path: string, container: Container) => containerFiles(container).find((one) => one.path === path);

test.each([
  ["ghcr.io/example/shop:1.4.2", true],
  ["registry.example.com:5000/shop@sha256:" + "a".repeat(64), true],
  ["ghcr.io/example/shop:latest@sha256:" + "a".repeat(64), true],
  ["localhost/shop:1", true],
  ["registry.digitalocean.com/team/shop_web:2025.1", true],
  ["ghcr.io/example/shop:latest", false],
  ["example/shop:1.4.2", false],
  ["shop", false],
  ["ghcr.io/example/shop", false],
  ["ghcr.io/example/shop:1\nExecStart=/bin/sh", false],
  ["ghcr.io/example/shop:1 --privileged", false],
  [7, false],
])("an image %j is accepted: %p", (given, accepted) => {
  expect(problemsOf({ image: given }).map(({ path }) => path)).toEqual(accepted ? [] : ["container.image"]);
});

test("everything that a container can be told is accepted", () => {
  const all: Required<Container> = {
    image,
    registry: { user: "robot", password: late },
    port: 3000,
    command: ["bin/server", "--greeting", 'a "b" $C %d ; é\n', ""],
    entrypoint: ["/usr/bin/tini", "--"],
    environment: { KEY: "first\nsecond", URL: `${late}?x=${late}`, LD_PRELOAD: "libjemalloc.so.2" },
    secrets: { SECRET_KEY_BASE: late, LATER: Lazy.stringValue({ produce: () => "x" }) },
    databaseVariables: { DB_HOST: "{PGHOST}", DATABASE_URL: "postgresql+psycopg://{PGUSER}@{PGHOST}/{PGDATABASE}" },
    readOnly: true,
    writablePaths: ["/app/tmp", "/var/cache/nginx"],
    capabilities: ["CHOWN", "SETUID", "SETGID"],
    memoryMib: 512,
    cpus: 0.5,
    stopTimeoutSeconds: 60,
    files: [{ path: "/app/config/site.yml", content: `key: ${late}\n` }],
    extraHosts: { "ldap.internal": "10.110.0.9" },
  };
  expect(problemsOf(all)).toEqual([]);
});

test.each([
  [{ port: 8500 }, "port", "must be free on the node, got 8500, which is for the readiness of the node"],
  [{ port: 8501 }, "port", "agent check"],
  [{ port: 5355 }, "port", "name resolver"],
  [{ port: 80 }, "port", "must be from 1024 to 65535, got 80"],
  [{ port: 22 }, "port", "must be from 1024 to 65535, got 22"],
  [{ port: 65536 }, "port", "must be a whole number from 1024 to 65535, got 65536"],
  [{ port: "3000" }, "port", 'must be a whole number from 1024 to 65535, got "3000"'],
  [{ command: "npm start" }, "command", "must be a list, one entry for each argument"],
  [{ command: [] }, "command", "must not be empty"],
  [{ command: ["node", 1] }, "command[1]", "must be a text, got a number"],
  [{ command: ["node", late] }, "command[1]", "put what is not into secrets"],
  [{ environment: { A: 1 } }, "environment.A", "must be a text, got a number, put it into quotes"],
  [{ environment: { A: null } }, "environment.A", "must be a text, got null"],
  [{ environment: { A: true } }, "environment.A", "must be a text, got a boolean"],
  [{ environment: { A: "\0" } }, "environment.A", "NUL"],
  [{ environment: ["A=1"] }, "environment", "must be an object of names and values, got a list"],
  [{ environment: { PORT: "1" } }, "environment.PORT", "is what the setting port says"],
  [{ environment: { "A-B": "1" } }, "environment.A-B", "must be named by letters"],
  [{ secrets: { A: "hunter2" } }, "secrets.A", "must be a reference"],
  [{ secrets: { A: `x${late}` } }, "secrets.A", "must be a reference"],
  [{ secrets: { A: late }, environment: { A: "1" } }, "secrets.A", "is in environment as well"],
  [{ databaseVariables: { A: "{PGHOSTS}" } }, "databaseVariables.A", 'got "{PGHOSTS}"'],
  [{ registry: { user: "robot", password: "hunter2" } }, "registry.password", "must be a reference"],
  [{ registry: { user: "robot" } }, "registry.password", "is missing"],
  [{ registry: { user: "a:b", password: late } }, "registry.user", 'without ":"'],
  [{ readOnly: "no" }, "readOnly", "must be true or false"],
  [{ writablePaths: "/tmp" }, "writablePaths", "must be a list"],
  [{ writablePaths: ["tmp"] }, "writablePaths[0]", "must be an absolute path"],
  [{ writablePaths: ["/tmp/../etc"] }, "writablePaths[0]", "must be an absolute path"],
  [{ writablePaths: ["/a,exec"] }, "writablePaths[0]", "must be an absolute path"],
  [{ capabilities: ["SYS_ADMIN"] }, "capabilities[0]", "must be one of AUDIT_WRITE, CHOWN"],
  [{ memoryMib: "512m" }, "memoryMib", "must be a whole number"],
  [{ cpus: 0 }, "cpus", "must be a number from 0.1"],
  [{ stopTimeoutSeconds: 600 }, "stopTimeoutSeconds", "must be a whole number from 1 to 120, got 600"],
  [{ files: [{ path: "/a" }] }, "files[0].content", "is missing"],
  [{ files: [{ path: "etc/a", content: "" }] }, "files[0].path", "must be an absolute path"],
  [{ extraHosts: { db: "db.example.com" } }, "extraHosts.db", "must be an IPv4 address"],
  [{ prot: 3000 }, "prot", "is no setting, must be one of port"],
])("fails for %j, and says what is allowed", (settings, path, message) => {
  const problems = problemsOf(settings);
  expect(problems).toEqual([{ path: `container.${path}`, message: expect.stringContaining(message) as string }]);
  expect(problems[0]!.message).not.toContain("hunter2");
});

test("what is known now is in container.json, and what is not has files that only root reads", () => {
  const container: Container = {
    image,
    environment: { MODE: "production", URL: late },
    secrets: { KEY: late },
    registry: { user: "robot", password: late },
  };
  const known = JSON.parse(String(file("/etc/infrastructure/container.json", container)!.content));
  expect(known).toEqual({ image, port: 8000, environment: { MODE: "production" }, stopTimeoutSeconds: 30 });
  const secret = containerFiles(container).filter(({ permissions }) => permissions === "0600");
  expect(secret.map(({ path }) => path)).toEqual([
    "/etc/infrastructure/container.json",
    "/etc/infrastructure/environment/URL",
    "/etc/infrastructure/environment/KEY",
    "/etc/infrastructure/registry.json",
  ]);
});

test("the login is for the registry of the image, made by Terraform", () => {
  const container = { image, registry: { user: "robot", password: late } };
  const { content } = file("/etc/infrastructure/registry.json", container)!;
  new TerraformOutput(stack, "login", { value: encodeBase64(String(content)) });
  const expression = JSON.parse(Testing.synth(stack)).output.login.value as string;
  const decoded = [...expression.matchAll(/base64decode\("([^"]+)"\)/g)].map(([, text]) =>
    Buffer.from(text!, "base64").toString(),
  );
  expect(decoded).toEqual(['{"auths": {"ghcr.io": {"auth": "', "robot:", '"}}}\n']);
  expect(expression).toContain("var.late");
});

test("systemd waits longer for the end than podman does", () => {
  const unit = file("/etc/systemd/system/app.service", { image, stopTimeoutSeconds: 60 })!;
  expect(unit.content).toContain("\nTimeoutStopSec=75\n");
});
