import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defaultPermissions, type HostFile } from "../../cloud-init/host-file";
import { cacheDirectory } from "../../local-cloud/control/directories";
import { tryFindImages } from "../../local-cloud/images/images";
import { tryFindImageTree } from "./host-image";

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it a POST, if no other method is said. */
  readonly body?: string;
  /** @default GET, or POST with a body */
  readonly method?: string;
}

/**
 * The droplet's image with an overlay to write to, a loopback of its own (with 10.10.0.5 on it) and no other network,
 * without systemd: for the programs of a role, started by hand. Everything in it ends with it.
 */
export class ImageSandbox implements AsyncDisposable {
  /** Needs what `describeWithImage` asks for. With `neighbour`, the two share that one's network. */
  static async start(hostname: string, neighbour?: Pick<ImageSandbox, "networkNamespace">): Promise<ImageSandbox> {
    const directory = await mkdtemp(join(tmpdir(), "sandbox-"));
    const namespaces = ["--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--propagation", "private"];
    const network = neighbour === undefined ? ["--net"] : [];
    const enterImage = ["sh", join(__dirname, "enter-image"), directory, findLayers().join(":"), hostname];
    const [program, ...args] = [
      ...(neighbour === undefined ? [] : ["nsenter", `--net=${neighbour.networkNamespace}`]),
      ...["unshare", ...namespaces, ...network],
      ...enterImage,
    ];
    const holder = spawn(program as string, args, { stdio: ["ignore", "pipe", "inherit"] });
    const sandbox = new ImageSandbox(directory, holder);
    await new Promise<void>((resolve, reject) => {
      holder.stdout?.once("data", () => resolve());
      holder.once("exit", (status) => reject(new Error(`the sandbox ended with status ${status}`)));
    });
    return sandbox;
  }

  private readonly pid: number;
  private started = 0;
  private written = 0;

  private constructor(
    private readonly directory: string,
    private readonly holder: ChildProcess,
  ) {
    this.pid = this.holder.pid as number;
  }

  /** The first process inside: `unshare`'s only child. */
  private get inner(): number {
    return Number(readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").trim());
  }

  /** Path of the network namespace, for programs of this machine that talk to what runs inside. */
  get networkNamespace(): string {
    return `/proc/${this.inner}/ns/net`;
  }

  /** Those that run in it, its first one too. */
  processes(): number[] {
    const own = readlinkSync(`/proc/${this.inner}/ns/pid`);
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0 && pidNamespaceOf(pid) === own);
  }

  /** A path of the sandbox as this process sees it. */
  path(path: string): string {
    return `/proc/${this.inner}/root${this.directory}/root${path}`;
  }

  has(path: string): boolean {
    return existsSync(this.path(path));
  }

  /** The directory of `file` in the last directory below `parent` that has it. */
  tryFind(parent: string, file: string): string | undefined {
    const names = this.has(parent) ? readdirSync(this.path(parent)).sort() : [];
    const found = names.findLast((name) => this.has(join(parent, name, file)));
    return found === undefined ? undefined : dirname(join(parent, found, file));
  }

  /** Each as a whole, also where two write the same one: a program that is just starting must not find half of itself. */
  async write(files: readonly HostFile[]): Promise<void> {
    for (const file of files) {
      const path = this.path(file.path);
      const unfinished = `${path}.${(this.written += 1)}.new`;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(unfinished, file.content);
      await chmod(unfinished, parseInt(file.permissions ?? defaultPermissions(file.path), 8));
      await rename(unfinished, path);
    }
  }

  /** Runs until it ends; standard output, or an error with what it printed. */
  run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const [program, ...args] = this.enter(argv);
    return new Promise((resolve, reject) => {
      const options = { env: this.environment(environment), timeout: 110_000, maxBuffer: 1 << 24 };
      execFile(program as string, args, options, (error, output, errors) =>
        error === null ? resolve(output) : reject(new Error(`${argv.join(" ")}: ${errors}${output}`)),
      );
    });
  }

  /** Starts a program that stays until it is told to end, or the sandbox ends. */
  spawn(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): SandboxProcess {
    const pidFile = `/run/sandbox-${(this.started += 1)}.pid`;
    // The shell stays between: nsenter would stop, and stay so, together with a child that is stopped.
    const [program, ...args] = this.enter(["sh", "-c", '"$@" & echo $! >"$0"; wait', pidFile, ...argv]);
    const child = spawn(program as string, args, {
      env: this.environment(environment),
      stdio: process.env.SANDBOX_LOG ? "inherit" : "ignore",
    });
    return new SandboxProcess(this, child, pidFile);
  }

  /** An HTTP request from inside. */
  async request(url: string, options: RequestOptions = {}): Promise<Answer> {
    const headers = Object.entries(options.headers ?? {}).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
    const method =
      options.method === "HEAD"
        ? ["--head"]
        : ["--request", options.method ?? (options.body === undefined ? "GET" : "POST")];
    const body = options.body === undefined ? [] : ["--data-binary", options.body];
    const limits = ["--silent", "--show-error", "--include", "--max-time", "30", "--noproxy", "*"];
    return parseAnswer(await this.run(["curl", ...limits, ...method, ...headers, ...body, url]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.holder.once("exit", resolve));
    this.holder.kill("SIGKILL");
    await ended;
    await rm(this.directory, { recursive: true });
  }

  private enter(argv: readonly string[]): string[] {
    const namespaces = ["--mount", "--net", "--pid", "--uts", "--ipc"];
    return ["nsenter", `--target=${this.inner}`, ...namespaces, "chroot", join(this.directory, "root"), ...argv];
  }

  private environment(environment: Readonly<Record<string, string>>): Record<string, string> {
    return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", ...environment };
  }
}

/** A program in a sandbox. */
export class SandboxProcess {
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;

  constructor(
    private readonly sandbox: ImageSandbox,
    child: ChildProcess,
    private readonly pidFile: string,
  ) {
    this.ended = new Promise((resolve) => child.once("exit", () => resolve()));
  }

  async signal(name: "TERM" | "QUIT" | "INT" | "KILL" | "STOP" | "CONT"): Promise<void> {
    const pid = await this.pid();
    await this.sandbox.run(["sh", "-c", `kill -s ${name} ${pid}`]);
  }

  async stop(): Promise<void> {
    await this.signal("TERM");
    await this.ended;
  }

  /** Its shell writes it a moment after the start. */
  private async pid(): Promise<string> {
    let pid = "";
    await waitUntil(`${this.pidFile} is written`, async () => {
      pid = readFileSync(this.sandbox.path(this.pidFile), "utf8");
      return pid.endsWith("\n");
    });
    return pid.trim();
  }
}

/** Undefined for a process that has ended. */
function pidNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** The image with PostgreSQL's server, where there is one. */
function findLayers(): readonly string[] {
  const services = process.env.LOCAL_CLOUD_IMAGE ? undefined : tryFindImages(cacheDirectory())?.services;
  return services ?? [tryFindImageTree() as string];
}

function parseAnswer(text: string): Answer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: Object.fromEntries(headers),
    body: rest.join("\r\n\r\n"),
  };
}

/**
 * Waits for a condition, asking again and again; the description is for the one who reads the failure. The limit ends what
 * never comes: it says nothing about how long something may take.
 */
export async function waitUntil(description: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    let reason = "";
    const failed = (error: unknown) => {
      reason = `, ${String(error)}`;
      return false;
    };
    if (await holds().catch(failed)) return;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${description}${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
