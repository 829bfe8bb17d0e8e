import { isIPv4 } from "node:net";
import { posix } from "node:path";
import { type Checks, checkGroup } from "../check-group";
import type { HostFile } from "../host-file";
import { earlyPart, encodeBase64, isLate } from "../late-values";
import { ports } from "../ports";
import type { Problem } from "../problems";
import {
  checkBoolean,
  checkContent,
  checkEach,
  checkPattern,
  checkRecord,
  checkWhole,
  checkWord,
  isGroup,
  shown,
} from "../value-checks";
import { databaseAuthorityPath } from "./database-authority";
import { readPart } from "./parts";

/** A container image, and how it is run. Each setting replaces the nodes that it is for. */
export interface Container {
  /**
   * Full reference with registry and tag or digest: `ghcr.io/example/shop:1.4.2`. Not the tag `latest`: nodes that are
   * made at different times would run different versions, and no plan would show it.
   */
  readonly image: string;
  /** The login of the image's registry. @default none: everybody may pull the image */
  readonly registry?: RegistryLogin;
  /**
   * TCP port that the program listens on, at all addresses (`0.0.0.0` or `[::]`); 1024 to 65535. `PORT` is set to it.
   * @default 8000
   */
  readonly port?: number;
  /** Program and arguments in the place of the image's `CMD`, as a list; no shell reads them. @default the image's */
  readonly command?: readonly string[];
  /** The part of the command before `command`, in the place of the image's `ENTRYPOINT`. @default the image's */
  readonly entrypoint?: readonly string[];
  /**
   * Variables of yours; they take the place of the platform's with the same name, `PORT` excepted. Values arrive byte
   * for byte, of several lines as well, and may be late. @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Variables whose values are known to Terraform alone (a sensitive variable, an attribute), so that they are in no
   * file of the project and not in the synthesized JSON. Otherwise like `environment`. @default none
   */
  readonly secrets?: Readonly<Record<string, string>>;
  /**
   * Variables made of the platform's: `{NAME}` in the text becomes the value of `DATABASE_URL`, `PGHOST` and the others,
   * `{ DB_HOST: "{PGHOST}" }`. @default none
   */
  readonly databaseVariables?: Readonly<Record<string, string>>;
  /** Whether the image's files cannot be changed; otherwise changes last until the container ends. @default true */
  readonly readOnly?: boolean;
  /**
   * Directories that can be written all the same, by every user; in memory, empty after each start but for what the image
   * has there. `/tmp` and `/run` are such. @default none
   */
  readonly writablePaths?: readonly string[];
  /**
   * Linux capabilities within the container: `CHOWN`, `SETUID` and `SETGID` for images that begin as root and change to
   * another user. On the node they allow nothing. @default none
   */
  readonly capabilities?: readonly Capability[];
  /** Memory in MiB; a program that needs more is killed and started again. @default no limit but the node's */
  readonly memoryMib?: number;
  /** Processors, 0.1 and more. @default no limit but the node's */
  readonly cpus?: number;
  /** Time between SIGTERM and SIGKILL, for requests in flight; 1 to 120. @default 30 */
  readonly stopTimeoutSeconds?: number;
  /** Files that the container finds at their paths and cannot change. @default none */
  readonly files?: readonly ContainerFile[];
  /** Addresses of further host names, `{ "ldap.internal": "10.110.0.9" }`. @default none */
  readonly extraHosts?: Readonly<Record<string, string>>;
}

/** How a registry knows who pulls an image. */
export interface RegistryLogin {
  /** Name of the user. */
  readonly user: string;
  /** Sensitive, late: a Terraform variable with the password or an access token that may only read. */
  readonly password: string;
}

/** A file in a container. */
export interface ContainerFile {
  /** Absolute path in the container. */
  readonly path: string;
  /** Text; may be late, or hold late values. Every user of the image can read it. */
  readonly content: string;
}

/** What containers elsewhere have without being asked (Docker's defaults, capabilities(7)). */
const capabilities = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
] as const;

/** A Linux capability without its prefix `CAP_`. */
export type Capability = (typeof capabilities)[number];

export const containerDefaults = { port: ports.app, readOnly: true, stopTimeoutSeconds: 30 };

/** What the platform tells a container, besides `PORT`; docs/your-application.md says what each is. */
export const platformVariables = [
  "DATABASE_URL",
  "DATABASE_DIRECT_URL",
  "DATABASE_WRITE_URL",
  "DATABASE_READ_URL",
  "JDBC_DATABASE_URL",
  "PGHOST",
  "PGPORT",
  "PGUSER",
  "PGPASSWORD",
  "PGDATABASE",
  "PGSSLMODE",
  "PGSSLROOTCERT",
] as const;

/** Checks of a container, whole or in part. */
export const containerChecks: Checks<Partial<Container>> = {
  image: checkImage,
  registry: (path, login) => checkGroup(path, login, loginChecks, { required: ["user", "password"] }),
  port: checkPort,
  command: checkArguments,
  entrypoint: checkArguments,
  environment: (path, values) => checkRecord(path, values, checkVariable),
  secrets: (path, values, { environment }) => checkRecord(path, values, checkSecret(environment)),
  databaseVariables: (path, values, { environment }) => checkRecord(path, values, checkDatabaseVariable(environment)),
  readOnly: checkBoolean,
  writablePaths: (path, paths) => checkEach(path, paths, checkPath),
  capabilities: (path, names) => checkEach(path, names, checkCapability),
  // Less is too little for podman itself to start a program.
  memoryMib: (path, value) => checkWhole(path, value, 16, 1_048_576),
  cpus: checkProcessors,
  stopTimeoutSeconds: (path, value) => checkWhole(path, value, 1, 120),
  files: checkFiles,
  extraHosts: (path, hosts) => checkRecord(path, hosts, checkHost),
};

const loginChecks: Checks<RegistryLogin> = {
  user: (path, user) =>
    isLate(user)
      ? []
      : checkPattern(path, user, /^[!-9;-~]{1,255}$/, 'a name of ASCII characters without ":" or blanks'),
  password: checkReference,
};

const fileChecks: Checks<ContainerFile> = { path: checkPath, content: checkContent };

function checkFiles(path: string, files: readonly ContainerFile[]): Problem[] {
  const each = checkEach(path, files, (at, file) =>
    checkGroup(at, file, fileChecks, { required: ["path", "content"] }),
  );
  if (each.length > 0) return each;
  const paths = files.map((file) => file.path);
  return paths.flatMap((own, index) =>
    paths.indexOf(own) < index
      ? [{ path: `${path}[${index}].path`, message: `is there twice, got ${shown(own)}` }]
      : [],
  );
}

function checkProcessors(path: string, value: number): Problem[] {
  const fits = typeof value === "number" && value >= 0.1 && value <= 256;
  return fits ? [] : [{ path, message: `must be a number from 0.1 to 256, got ${shown(value)}` }];
}

/** registry[:port]/path[:tag][@digest] (OCI distribution specification): a name without a registry is a guess. */
const imagePattern =
  /^(?=[^/]*[.:]|localhost)[a-z0-9.-]+(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}@sha256:[0-9a-f]{64})$/;

function checkImage(path: string, image: string): Problem[] {
  const problems = checkPattern(path, image, imagePattern, "registry/name:tag or registry/name@sha256:…");
  if (problems.length > 0 || !image.endsWith(":latest")) return problems;
  const message = `must have the tag of one version, got "${image}": nodes made later would run another one, name the version or the digest`;
  return [{ path, message }];
}

/** Ports of a node that are taken, each with whose it is. */
const takenPorts: Readonly<Record<number, string>> = {
  [ports.nodeStatus]: "the readiness of the node",
  [ports.agentCheck]: "the agent check of the node",
  [ports.databaseWrite]: "the node's database endpoint for writing",
  [ports.databaseRead]: "the node's database endpoint for reading",
  5355: "the node's name resolver",
};

function checkPort(path: string, port: number): Problem[] {
  if (Number.isInteger(port) && port > 0 && port < 1024)
    return [
      { path, message: `must be from 1024 to 65535, got ${port}: lower ones are for root, which no image is here` },
    ];
  return checkPortFrom(1024, path, port);
}

/** A port that a program of a node may listen on. */
export function checkFreePort(path: string, port: number): Problem[] {
  return checkPortFrom(1, path, port);
}

function checkPortFrom(from: number, path: string, port: number): Problem[] {
  const taken = typeof port === "number" ? takenPorts[port] : undefined;
  if (taken !== undefined)
    return [{ path, message: `must be free on the node, got ${port}, which is for ${taken}; let it listen elsewhere` }];
  return checkWhole(path, port, from, 65535);
}

export function checkArguments(path: string, argv: readonly string[]): Problem[] {
  if (typeof argv === "string") return [{ path, message: "must be a list, one entry for each argument, got a text" }];
  if (Array.isArray(argv) && argv.length === 0) return [{ path, message: "must not be empty, got []" }];
  return checkEach(path, argv, (at, argument) => {
    // The process list shows it to everybody on the node.
    if (isLate(argument)) return [{ path: at, message: "must be known now, put what is not into secrets" }];
    return checkContent(at, argument);
  });
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

function checkVariable(path: string, name: string, value: string): Problem[] {
  const problems = checkVariableName(path, name);
  return problems.length > 0 ? problems : checkContent(path, value);
}

function checkVariableName(path: string, name: string): Problem[] {
  if (!namePattern.test(name))
    return [{ path, message: `must be named by letters, digits and "_", got ${shown(name)}` }];
  return name === "PORT" ? [{ path, message: "is what the setting port says" }] : [];
}

/** A name can stand for one value only. */
function checkOnce(path: string, name: string, environment: Container["environment"]): Problem[] {
  return isGroup(environment) && Object.hasOwn(environment, name)
    ? [{ path, message: "is in environment as well" }]
    : [];
}

function checkSecret(environment: Container["environment"]) {
  return (path: string, name: string, value: string): Problem[] => {
    const problems = [...checkOnce(path, name, environment), ...checkVariableName(path, name)];
    return problems.length > 0 ? problems : checkReference(path, value);
  };
}

/** What the project's files, and the JSON made of them, must not hold. */
function checkReference(path: string, value: string): Problem[] {
  return typeof value === "string" && isLate(value) && earlyPart(value) === ""
    ? []
    : [
        {
          path,
          message: "must be a reference such as a sensitive TerraformVariable's stringValue, got something else",
        },
      ];
}

function checkDatabaseVariable(environment: Container["environment"]) {
  return (path: string, name: string, text: string): Problem[] => {
    const problems = [...checkOnce(path, name, environment), ...checkVariable(path, name, text)];
    if (problems.length > 0) return problems;
    if (isLate(text)) return [{ path, message: "must be known now, put what is not into environment" }];
    const known: readonly string[] = platformVariables;
    return [...text.matchAll(/\{(\w+)\}/g)]
      .filter(([, inner]) => !known.includes(inner!))
      .map(([whole]) => ({ path, message: `must be made of {${known.join("}, {")}}, got ${shown(whole)}` }));
  };
}

/** Names of files that need no quoting where podman is told about them. */
function checkPath(path: string, value: string): Problem[] {
  const isPath = typeof value === "string" && /^(\/[A-Za-z0-9._@+=-]{1,255})+$/.test(value);
  if (!isPath || posix.normalize(value) !== value)
    return [{ path, message: `must be an absolute path of letters, digits and ._@+=-, got ${shown(value)}` }];
  return value === databaseAuthorityPath ? [{ path, message: `must not be the platform's, got "${value}"` }] : [];
}

function checkCapability(path: string, name: Capability): Problem[] {
  return checkWord(path, name, capabilities);
}

function checkHost(path: string, name: string, address: string): Problem[] {
  const label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
  if (!new RegExp(`^${label}(\\.${label})*$`, "i").test(name))
    return [{ path, message: `must be a host name, got ${shown(name)}` }];
  if (isLate(address) || (typeof address === "string" && isIPv4(address))) return [];
  return [{ path, message: `must be an IPv4 address, got ${shown(address)}` }];
}

/** Where the program listens. */
export function portOf({ port = containerDefaults.port }: Pick<Container, "port">): number {
  return port;
}

/** Room for values that are made at apply. */
const lateBytes = 2048;
/** More than podman waits itself. */
const stopMarginSeconds = 15;

/** The unit `app.service`, which runs the application's image, and what it and other containers, by name, are told. */
export function containerFiles(
  application: Container,
  others: Readonly<Record<string, Partial<Container>>> = {},
): HostFile[] {
  const { stopTimeoutSeconds = containerDefaults.stopTimeoutSeconds, port = containerDefaults.port } = application;
  const whole = { ...application, stopTimeoutSeconds, port };
  return [
    ...readPart("container", { STOP_LIMIT_SECONDS: String(stopTimeoutSeconds + stopMarginSeconds) }),
    ...settingsFiles("/etc/infrastructure", whole),
    ...Object.entries(others).flatMap(([name, own]) => settingsFiles(`/etc/infrastructure/containers/${name}`, own)),
    ...(application.files ?? []).map(({ path, content }) => ({
      // The container's users are strangers on the node: they read what everybody may.
      path: `/etc/infrastructure/files${path}`,
      content,
      permissions: "0644",
      reserveBytes: lateBytes,
    })),
    ...loginFiles(application, Object.values(others)),
  ];
}

function settingsFiles(directory: string, container: Partial<Container>): HostFile[] {
  return [
    {
      path: `${directory}/container.json`,
      content: `${JSON.stringify(knownSettings(container), undefined, 2)}\n`,
      permissions: "0600",
    },
    ...lateVariables(container).map(([name, value]) => ({
      path: `${directory}/environment/${name}`,
      content: value,
      permissions: "0600",
      reserveBytes: lateBytes,
    })),
  ];
}

/**
 * Before a container starts: what its users may read, nobody else on the node can, because nobody else gets into the
 * directory.
 */
export const containerCommands = [
  [
    ...["install", "--directory", "--mode=0700"],
    ...["environment", "files", "containers"].map((name) => `/etc/infrastructure/${name}`),
  ],
];

/** What run-container reads: everything that is known now and not a file of its own. */
function knownSettings(container: Partial<Container>): object {
  const { image, entrypoint, command, databaseVariables, readOnly, writablePaths } = container;
  const { capabilities, memoryMib, cpus, stopTimeoutSeconds, extraHosts, port } = container;
  return {
    ...{ image, entrypoint, command, port },
    environment: Object.fromEntries(Object.entries(container.environment ?? {}).filter(([, value]) => !isLate(value))),
    ...{ databaseVariables, readOnly, writablePaths, capabilities, memoryMib, cpus, stopTimeoutSeconds, extraHosts },
  };
}

/** Files of their own: only so does a value arrive as it is, whatever Terraform puts in its place. */
function lateVariables({ environment = {}, secrets = {} }: Partial<Container>): [string, string][] {
  return [...Object.entries(environment).filter(([, value]) => isLate(value)), ...Object.entries(secrets)];
}

/**
 * The form that podman reads (containers-auth.json(5)). The application's login is for its whole registry, others are for
 * their own image.
 */
function loginFiles(application: Container, others: ReadonlyArray<Partial<Container>>): HostFile[] {
  const entry = (of: string, { user, password }: RegistryLogin) =>
    `"${of}": {"auth": "${encodeBase64(`${user}:${password}`)}"}`;
  const registry = application.image.slice(0, application.image.indexOf("/"));
  const entries = [
    ...(application.registry === undefined ? [] : [entry(registry, application.registry)]),
    ...others.flatMap(({ registry: login, image = application.image }) =>
      login === undefined ? [] : [entry(nameOf(image), login)],
    ),
  ];
  if (entries.length === 0) return [];
  return [
    {
      path: "/etc/infrastructure/registry.json",
      content: `{"auths": {${entries.join(", ")}}}\n`,
      permissions: "0600",
      reserveBytes: lateBytes,
    },
  ];
}

/** An image without tag and digest. */
function nameOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^/]*$/, "");
}
