import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { EXAMPLES } from "./example-stacks";

const PROJECT = path.join(__dirname, "..");
const PACKAGE = "cdktf-web-infrastructure";
const TEMPLATE = path.join(PROJECT, "node_modules/cdktf-cli/bundle/templates/typescript");

/** What a project of somebody else's needs to compile, run and test a stack. */
const TOOLS = ["typescript@5.9.3", "ts-node@10.9.2", "jest@30.5.2", "ts-jest@29.4.15", "@types/jest@30.0.0"];
const TYPES = "@types/node@20.19.43";

const there = spawnSync("npm", ["view", "--prefer-offline", "cdktf@0.21.0", "version"], { timeout: 60_000 });
const describeWithNpm = there.status === 0 ? describe : describe.skip;

/** Runs a program; when it fails, the error holds everything that it printed. */
function run(program: string, args: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}): string {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8", timeout: 300_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: exit status ${status}\n${stdout}\n${stderr}`);
  return stdout + stderr;
}

function write(directory: string, files: Readonly<Record<string, string | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** A stack of this repository as somebody who has installed the package would write it. */
function asUser(file: string): string {
  return readFileSync(path.join(PROJECT, file), "utf8").replace(/"\.{1,2}\/modules"/, `"${PACKAGE}"`);
}

/** Runs a stack and returns its Terraform JSON. */
function synthesize(args: readonly string[], cwd: string): any {
  const output = mkdtempSync(path.join(tmpdir(), "package-output-"));
  try {
    run(process.execPath, args, cwd, { CDKTF_OUTDIR: output, STATE_DIRECTORY: "/state" });
    const [stack, ...others] = readdirSync(path.join(output, "stacks"));
    expect(others).toEqual([]);
    return JSON.parse(readFileSync(path.join(output, "stacks", stack!, "cdk.tf.json"), "utf8"));
  } finally {
    rmSync(output, { recursive: true });
  }
}

/** A test that such a project would have, in the words of its module system. */
const SITE_TEST = `
import { Testing } from "cdktf";
import { SettingsError, Stack, WebInfrastructure, type WebInfrastructureProps } from "${PACKAGE}";

const zone = { id: "023e105f4ecef8ad9ca31a8372d0c353" };
const create = (props: Partial<WebInfrastructureProps>) => {
  const stack = new Stack(Testing.app(), "web");
  new WebInfrastructure(stack, "site", { hostname: "www.example.com", zone, ...props });
  return Testing.synth(stack);
};

test("the site has three web nodes", () => {
  expect(Object.keys(JSON.parse(create({ web: { nodes: 3 } })).resource.digitalocean_droplet)).toHaveLength(7);
});

test("a wrong setting is an error that can be told from others", () => {
  expect(() => create({ web: { nodes: 0 } })).toThrow(SettingsError);
});
`;

describeWithNpm(
  `the installed package${there.status === 0 ? "" : " (skipped: npm cannot be asked for packages)"}`,
  () => {
    /** Two projects, which share what is installed above them. */
    let directory: string;
    let template: string;
    let modern: string;
    let archive: string;

    beforeAll(() => {
      directory = mkdtempSync(path.join(tmpdir(), "package-"));
      template = path.join(directory, "template");
      modern = path.join(directory, "modern");
      execFileSync("npm", ["pack", "--silent", "--pack-destination", directory], { cwd: PROJECT });
      archive = path.join(directory, `${PACKAGE}-0.2.0.tgz`);
      write(directory, { "package.json": { private: true } });
      const providers = ["cloudflare@13.9.1", "digitalocean@13.14.1", "tls@11.0.1"].map(
        (name) => `@cdktf/provider-${name}`,
      );
      install(directory, ["cdktf@0.21.0", "constructs@10", ...providers, archive, ...TOOLS, TYPES]);

      mkdirSync(template);
      for (const file of ["tsconfig.json", "jest.config.js", "setup.js"])
        cpSync(path.join(TEMPLATE, file), path.join(template, file));
      write(template, {
        "package.json": { private: true },
        "main.ts": asUser("main.ts"),
        ...Object.fromEntries(EXAMPLES.map((name) => [`examples/${name}.ts`, asUser(`examples/${name}.ts`)])),
        "__tests__/site-test.ts": SITE_TEST,
      });

      write(modern, {
        "package.json": { private: true, type: "module", jest: { testMatch: ["**/dist/*.test.js"], transform: {} } },
        "tsconfig.json": {
          compilerOptions: {
            module: "nodenext",
            target: "es2022",
            strict: true,
            outDir: "dist",
            types: ["node", "jest"],
          },
          include: ["*.ts"],
        },
        "main.ts": asUser("main.ts"),
        "site.test.ts": SITE_TEST,
        "names.js": `import * as everything from "${PACKAGE}"; console.log(JSON.stringify(Object.keys(everything)));`,
        "names.cjs": `console.log(JSON.stringify(Object.keys(require("${PACKAGE}"))));`,
      });
    });

    afterAll(() => rmSync(directory, { recursive: true }));

    function install(where: string, packages: readonly string[]): void {
      run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], where);
    }

    const bin = (name: string) => path.join(directory, "node_modules", name);
    const typescript = (cwd: string, ...args: string[]) =>
      run(process.execPath, [bin("typescript/bin/tsc"), ...args], cwd);
    const repository = () => synthesize(["synth.js"], PROJECT);

    test("works in a project of the official template: types, synth, and the project's own jest", () => {
      typescript(template, "--noEmit");
      expect(synthesize([bin("ts-node/dist/bin.js"), "main.ts"], template)).toEqual(repository());
      expect(run(process.execPath, [bin("jest/bin/jest.js"), "--ci"], template)).toContain("Tests:       2 passed");
    });

    test("works in a project of ES modules: types, synth, and the project's own jest", () => {
      typescript(modern);
      expect(synthesize(["dist/main.js"], modern)).toEqual(repository());
      const jest = ["--experimental-vm-modules", bin("jest/bin/jest.js"), "--ci"];
      expect(run(process.execPath, jest, modern)).toContain("Tests:       2 passed");
    });

    test.each([
      ["commonjs", "node10"],
      ["node16", "node16"],
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ])("has types for module %s with moduleResolution %s, its own declarations included", (module, resolution) => {
      const options = ["--module", module, "--moduleResolution", resolution, "--target", "es2022", "--strict"];
      typescript(template, "--noEmit", "--types", "node", ...options, "main.ts", "examples/worker-tier.ts");
    });

    test("shows ES modules the same names as CommonJS", () => {
      const names = JSON.parse(run(process.execPath, ["names.cjs"], modern)) as string[];
      expect(names).toContain("WebInfrastructure");
      const seen = JSON.parse(run(process.execPath, ["names.js"], modern)) as string[];
      expect(seen.filter((name) => !["default", "module.exports", "__esModule"].includes(name)).sort()).toEqual(
        names.sort(),
      );
    });

    test("can be imported by its name only", () => {
      const inside = `require("${PACKAGE}/dist/modules/stack")`;
      expect(() => run(process.execPath, ["-e", inside], template)).toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
    });

    test("maps its code and its declarations back to sources that are in it", () => {
      const root = bin(PACKAGE);
      const maps = readdirSync(path.join(root, "dist"), { recursive: true, encoding: "utf8" }).filter((file) =>
        file.endsWith(".map"),
      );
      expect(maps.filter((file) => file.endsWith(".d.ts.map"))).not.toEqual([]);
      for (const map of maps) {
        const file = path.join(root, "dist", map);
        const { sources } = JSON.parse(readFileSync(file, "utf8")) as { sources: string[] };
        for (const source of sources)
          expect(readFileSync(path.resolve(path.dirname(file), source), "utf8").length).toBeGreaterThan(0);
      }
    });

    test("makes the same of every example with cdktf and with its fork cdktn, as the README installs it", () => {
      const fork = path.join(directory, "fork");
      const [, block] = /<!-- begin: installed by [^]*?```json\n([^]*?)```/.exec(
        readFileSync(path.join(PROJECT, "README.md"), "utf8"),
      )!;
      const wanted = JSON.parse(block!);
      expect(wanted.dependencies[PACKAGE]).toBe("0.2.0");
      wanted.dependencies[PACKAGE] = `file:${archive}`;
      write(fork, { "package.json": wanted });
      install(fork, []);
      const { name, version } = JSON.parse(readFileSync(path.join(fork, "node_modules/cdktf/package.json"), "utf8"));
      expect([name, version]).toEqual(["cdktn", "0.24.0"]);
      // Only one in the whole tree: two of them side by side do not know each other's constructs.
      expect(run("npm", ["ls", "cdktf", "--all", "--parseable"], fork).trim().split("\n")).toHaveLength(1);

      const compiled = path.join(template, "compiled");
      typescript(
        template,
        "--outDir",
        compiled,
        "--incremental",
        "false",
        "--inlineSourceMap",
        "false",
        "--inlineSources",
        "false",
      );
      cpSync(path.join(compiled, "examples"), path.join(fork, "examples"), { recursive: true });
      for (const example of EXAMPLES) {
        const [ours, forks] = [compiled, fork].map((where) => synthesize([`examples/${example}.js`], where));
        expect([forks["//"].metadata.version, ours["//"].metadata.version]).toEqual(["0.24.0", "0.21.0"]);
        forks["//"].metadata.version = ours["//"].metadata.version;
        expect(forks).toEqual(ours);
      }
    });
  },
);
