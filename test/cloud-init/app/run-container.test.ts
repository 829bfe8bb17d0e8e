import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Container, containerFiles } from "../../../cloud-init/app/container";
import { databaseFiles } from "../../../cloud-init/app/endpoints";

const program = join(__dirname, "../../../cloud-init/app/container/rootfs/usr/local/sbin/run-container");
const image = "ghcr.io/example/shop:1.4.2";
const database = {
  writeUrl: "postgresql://shop:p%40ss@primary.example.com:25060/shop?sslmode=verify-full&sslrootcert=/ca.pem",
  authority: "-----BEGIN CERTIFICATE-----\n",
};

const endpoint = (port: number) => `postgresql://shop:p%40ss@127.0.0.1:${port}/shop`;
/** As follow-database writes it. */
const endpoints = [
  ...[`DATABASE_URL=${endpoint(6432)}`, `DATABASE_WRITE_URL=${endpoint(6432)}`],
  `DATABASE_READ_URL=${endpoint(6433)}\n`,
].join("\n");

/** Keeps what it was told: arguments, the file of variables, and each secret. */
const fakePodman = `#!/bin/sh
case "$1 $2" in
"secret create") cat >"$STATE/secret-$4" ;;
"run --name=app" | "run --name=app-release" | "run --name=worker-mailer" | "run --name=schedule-cleanup")
    for argument; do printf '%s\\0' "$argument"; done >"$STATE/arguments"
    while [ "$1" != --env-file ]; do shift; done
    cat "$2" >"$STATE/variables"
    ;;
*) echo "unknown: podman $*" >&2; exit 1 ;;
esac
`;

let state: string;
beforeEach(() => (state = mkdtempSync(join(tmpdir(), "run-container-"))));
afterEach(() => rmSync(state, { recursive: true }));

function run(
  settings: Omit<Container, "image"> = {},
  controllers = "cpu memory",
  late: Record<string, string> = {},
  args: readonly string[] = [],
  others: Readonly<Record<string, Partial<Container>>> = {},
) {
  const files = [...containerFiles({ image, ...settings }, others), ...databaseFiles(database, 3000)];
  const directory = join(state, "infrastructure");
  for (const { path, content } of files) write(path.replace("/etc/infrastructure", directory), content);
  for (const [name, value] of Object.entries(late)) write(join(directory, "environment", name), value);
  write(join(state, "controllers"), controllers);
  write(join(state, "endpoints"), endpoints);
  write(join(state, "podman"), fakePodman);
  chmodSync(join(state, "podman"), 0o755);
  const env = {
    ...{ PATH: `${state}:${process.env.PATH}`, STATE: state, CONTROLLERS_FILE: join(state, "controllers") },
    INFRASTRUCTURE_DIRECTORY: directory,
    ENDPOINTS_FILE: join(state, "endpoints"),
  };
  const { status, stderr } = spawnSync("python3", [program, ...args], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return { arguments: readFileSync(join(state, "arguments"), "utf8").split("\0").slice(0, -1), stderr };
}

function write(path: string, content: string | Buffer): void {
  // Files for other places of the node are of no use here.
  if (!path.startsWith(state)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function variables(): Record<string, string> {
  const lines = readFileSync(join(state, "variables"), "utf8").split("\n").slice(0, -1);
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

test("a container without settings has no right, and nothing to write but /tmp and /run", () => {
  const argv = run().arguments;
  for (const option of ["--userns=auto", "--cap-drop=all", "--security-opt=no-new-privileges", "--read-only"])
    expect(argv).toContain(option);
  expect(argv.filter((option) => /^--(tmpfs|cap-add|memory|cpus|authfile|add-host|entrypoint)/.test(option))).toEqual([
    "--tmpfs=/run:rw,exec,nosuid,nodev,mode=1777",
  ]);
  expect(argv).toContain("--stop-timeout=30");
  expect(argv.at(-1)).toBe(image);
});

test("command and entrypoint arrive argument by argument, whatever is in them", () => {
  const command = ["serve", "", "a b", 'q"$HOME%h\\', ";", "line\nline", "é"];
  const argv = run({ command, entrypoint: ["/usr/bin/tini", "--"] }).arguments;
  expect(argv.slice(-command.length)).toEqual(command);
  expect(argv.at(-command.length - 1)).toBe(image);
  expect(argv).toContain('--entrypoint=["/usr/bin/tini", "--"]');
});

test("each setting becomes podman's", () => {
  const argv = run({
    readOnly: false,
    writablePaths: ["/app/tmp"],
    capabilities: ["CHOWN", "SETUID"],
    memoryMib: 512,
    cpus: 0.5,
    stopTimeoutSeconds: 60,
    files: [{ path: "/app/site.yml", content: "a: 1\n" }],
    extraHosts: { ldap: "10.0.0.9" },
  }).arguments;
  expect(argv).not.toContain("--read-only");
  for (const option of [
    ...["--tmpfs=/app/tmp:rw,exec,nosuid,nodev,mode=1777", "--cap-add=CHOWN", "--cap-add=SETUID"],
    ...["--memory=512m", "--cpus=0.5", "--stop-timeout=60", "--add-host=ldap:10.0.0.9"],
    `--volume=${state}/infrastructure/files/app/site.yml:/app/site.yml:ro`,
  ])
    expect(argv).toContain(option);
});

test("a limit that this kernel cannot keep is left out, and said", () => {
  const { arguments: argv, stderr } = run({ memoryMib: 512, cpus: 2 }, "cpu");
  expect(argv).toContain("--cpus=2");
  expect(argv.join()).not.toContain("--memory");
  expect(stderr).toContain("memoryMib is not enforced");
});

test("a container is told the database in every driver's words, and its own variables win", () => {
  run({
    port: 3000,
    environment: { PGSSLMODE: "require", MODE: 'a "b" $c #d \\ %h' },
    databaseVariables: { DB_HOST: "{PGHOST}", SQLALCHEMY: "postgresql+psycopg://{PGUSER}@{PGHOST}:{PGPORT}/x{y}" },
  });
  expect(variables()).toEqual({
    PORT: "3000",
    DATABASE_URL: endpoint(6432),
    // Without the certificate's path, which not every driver understands.
    DATABASE_DIRECT_URL: "postgresql://shop:p%40ss@primary.example.com:25060/shop?sslmode=verify-full",
    DATABASE_WRITE_URL: endpoint(6432),
    DATABASE_READ_URL: endpoint(6433),
    JDBC_DATABASE_URL: "jdbc:postgresql://127.0.0.1:6432/shop?sslmode=disable",
    PGHOST: "127.0.0.1",
    PGPORT: "6432",
    PGUSER: "shop",
    PGPASSWORD: "p@ss",
    PGDATABASE: "shop",
    PGSSLMODE: "require",
    PGSSLROOTCERT: expect.stringMatching(/database-ca\.pem$/) as string,
    NODE_EXTRA_CA_CERTS: expect.stringMatching(/database-ca\.pem$/) as string,
    DB_HOST: "127.0.0.1",
    SQLALCHEMY: "postgresql+psycopg://shop@127.0.0.1:6432/x{y}",
    MODE: 'a "b" $c #d \\ %h',
  });
});

test("no value is on the command line, and one of several lines arrives as it is", () => {
  const key = "-----BEGIN KEY-----\r\nhunter2 $x \\\n-----END KEY-----\n";
  const argv = run({ environment: { KEY: key, ONE: "hunter3" } }, "", { TOKEN: "hunter4" }).arguments;
  expect(argv.join(" ")).not.toMatch(/hunter|p@ss|p%40ss/);
  expect(readFileSync(join(state, "secret-app-KEY"), "utf8")).toBe(key);
  expect(argv).toContain("app-KEY,type=env,target=KEY");
  expect(variables()).toMatchObject({ ONE: "hunter3", TOKEN: "hunter4" });
});

test("the release command runs to its end with what the application is told, but at the primary itself", () => {
  write(join(state, "infrastructure/release.json"), JSON.stringify({ command: ["bin/rails", "db:migrate"] }));
  const argv = run({ command: ["serve"], entrypoint: ["tini"] }, "", { SECRET: "hunter2" }, ["release"]).arguments;
  expect(argv.slice(-3)).toEqual([image, "bin/rails", "db:migrate"]);
  expect(argv).toEqual(expect.arrayContaining(["--name=app-release", '--entrypoint=["tini"]', "--cap-drop=all"]));
  expect(argv).not.toContain("--detach");
  const primary = expect.stringMatching(
    /@primary\.example\.com:25060.*&options=-c%20statement_timeout%3D0%20-c/,
  ) as string;
  expect(variables()).toMatchObject({
    SECRET: "hunter2",
    DATABASE_URL: primary,
    DATABASE_WRITE_URL: primary,
    DATABASE_READ_URL: primary,
    DATABASE_DIRECT_URL: primary,
    // For drivers that read these instead of the URL.
    PGOPTIONS: expect.stringMatching(/^-c statement_timeout=0 -c lock_timeout=0 -c /) as string,
    PGHOST: "primary.example.com",
    PGPORT: "25060",
  });
});

const application: Omit<Container, "image"> = {
  command: ["serve"],
  entrypoint: ["tini"],
  environment: { MODE: "production", QUEUE: "none" },
  writablePaths: ["/app/tmp"],
  stopTimeoutSeconds: 60,
};

test("a worker is a container like the application's, but for what it has of its own", () => {
  const worker = { command: ["bin/jobs"], environment: { QUEUE: "mail", TOKEN: "its own" }, stopTimeoutSeconds: 90 };
  write(join(state, "infrastructure/containers/worker-mailer/environment/KEY"), "hunter3");
  const late = { TOKEN: "the application's", SECRET: "hunter2" };
  const argv = run(application, "", late, ["worker-mailer"], { "worker-mailer": worker }).arguments;
  expect(argv.slice(-2)).toEqual([image, "bin/jobs"]);
  expect(argv).toEqual(
    expect.arrayContaining([
      ...["--name=worker-mailer", "--detach", "--sdnotify=conmon", "--cap-drop=all", '--entrypoint=["tini"]'],
      ...["--stop-timeout=90", "--tmpfs=/app/tmp:rw,exec,nosuid,nodev,mode=1777"],
    ]),
  );
  expect(argv.join(" ")).not.toContain("hunter");
  expect(variables()).toMatchObject({
    ...{ MODE: "production", QUEUE: "mail", TOKEN: "its own", SECRET: "hunter2", KEY: "hunter3" },
    DATABASE_URL: expect.stringContaining("postgresql://") as string,
  });
});

test("a worker of another image is started as that image says", () => {
  const argv = run(application, "", {}, ["worker-mailer"], { "worker-mailer": { image: "ghcr.io/x/y:1" } }).arguments;
  expect(argv.at(-1)).toBe("ghcr.io/x/y:1");
  expect(argv.join(" ")).not.toMatch(/entrypoint|serve/);
});

test("a schedule runs to its end", () => {
  const argv = run(application, "", {}, ["schedule-cleanup"], { "schedule-cleanup": { command: ["a"] } }).arguments;
  expect(argv).toEqual(expect.arrayContaining(["--name=schedule-cleanup", "--log-driver=none"]));
  expect(argv).not.toContain("--detach");
});
