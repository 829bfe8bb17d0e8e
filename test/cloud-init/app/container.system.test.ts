import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AppSettings, appUserData } from "../../../cloud-init/app/user-data";
import { RegistryLogins } from "../../../local-cloud/registry/registry-logins";
import type { CloudNetwork as Where } from "../../../local-cloud/outer-cloud/outer-cloud";
import { waitUntil } from "../../../programs/wait-until";
import { CloudUnderTest, whatIsMissing } from "../../local-cloud/machines/cloud-under-test";
import { exampleDroplet } from "../../local-cloud/machines/example-droplet";
import { exampleApp } from "../example-hosts";
import { provideShopImage, readinessOf, runOn, withLateFiles } from "./app-droplet";

const missing = whatIsMissing();
const describeOrSkip = missing ? describe.skip : describe;

/** A boot, on a machine that is busy with other things. */
jest.setTimeout(300_000);

const REGISTRY = "registry.example.com";
const IMAGE = `${REGISTRY}/team/shop:1`;
/** Everything that has a meaning to a shell, systemd, podman, Terraform or a C string. */
const hostile = ` "double" 'single' \\ \\n $HOME \${X:-y} $$ %h %%{x} \`tick\` # ; é 世界\ttab `;
const lines = `-----BEGIN KEY-----\nhunter2\r\n${hostile}\n\n-----END KEY-----\n`;
const SECRET = "correct-horse-battery";

const settings: AppSettings = {
  ...exampleApp,
  application: {
    kind: "container",
    image: IMAGE,
    port: 3000,
    entrypoint: ["/usr/bin/python3", "-B"],
    command: ["/srv/app.py", "serve", "", hostile, ";"],
    environment: { HOSTILE: hostile, LINES: lines },
    databaseVariables: { DB_HOST: "{PGHOST}" },
    writablePaths: ["/srv/cache"],
    files: [{ path: "/srv/app.py", content: readFileSync(join(__dirname, "container-app.py"), "utf8") }],
    extraHosts: { "ldap.internal": "10.20.0.99" },
    stopTimeoutSeconds: 2,
  },
};
/** Files in `/etc/infrastructure` that Terraform makes of secrets, and of the login of a registry. */
const lateFiles = {
  "environment/SECRET": SECRET,
  "environment/SECRET_LINES": lines,
  "registry.json": login("pass:word"),
};

function login(password: string): string {
  return JSON.stringify({ auths: { [REGISTRY]: { auth: Buffer.from(`robot:${password}`).toString("base64") } } });
}

describeOrSkip(`a container on an app node${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let cloud: CloudUnderTest;
  const node = exampleDroplet(1, withLateFiles(appUserData(settings), lateFiles));
  /** With a network, and nothing else. */
  const neighbour = exampleDroplet(2);

  const on = (script: string) => runOn(cloud, node, script);
  const readiness = () => readinessOf(cloud, node, settings.readinessToken);
  const isReady = async () => (await readiness()).ready;
  const ask = async (from: Where, address: string, limitSeconds: number) =>
    (await cloud.runIn(from, ["curl", "-sS", "--max-time", `${limitSeconds}`, `http://${address}/x`])).stdout;
  /** As web nodes do, inside the VPC. */
  const visit = (port: number, limitSeconds = 30) =>
    ask(`n-${neighbour.name}`, `${node.privateAddress}:${port}`, limitSeconds);

  beforeAll(async () => {
    cloud = await CloudUnderTest.start();
    new RegistryLogins(await provideShopImage(cloud, REGISTRY)).set(REGISTRY, { user: "robot", password: "pass:word" });
    await cloud.call("serveRegistry", REGISTRY);
    await cloud.call("create", node);
    await cloud.call("attach", neighbour.name, neighbour);
    await cloud.call("configureInterfaces", neighbour.name);
    await cloud.call("connect", neighbour.name);
    await waitUntil("the node is ready", 240, async () => {
      const { ready, reason } = await readiness().catch(() => ({ ready: false, reason: "no answer yet" }));
      // Final, whatever is waited for.
      if (reason?.includes("app.service is failed")) throw new Error(reason);
      return ready;
    });
  });
  afterAll(() => cloud?.[Symbol.asyncDispose]());

  describe("that works", () => {
    let given: {
      arguments: string[];
      environment: Record<string, string>;
      user: number;
      capabilities: string;
      writable: Record<string, boolean>;
      address: string;
    };
    beforeAll(async () => void (given = JSON.parse(await visit(8000))));

    test("is at port 8000 for everyone else, whatever port it listens on", async () => {
      expect(given.environment.PORT).toBe("3000");
      expect(await visit(3000, 2)).toBe("");
      // There is no cloud firewall here.
      for (const from of ["internet", `n-${neighbour.name}`] as const)
        expect(await ask(from, `${node.publicAddress}:8000`, 2)).toBe("");
      // Without the kernel's connection tracking, which a busy node would fill.
      expect((await on("cat /proc/sys/net/netfilter/nf_conntrack_count 2>/dev/null || echo 0")).trim()).toBe("0");
    });

    test("gets command, variables and secrets byte for byte", () => {
      expect(given.arguments).toEqual(["serve", "", hostile, ";"]);
      const expected = { HOSTILE: hostile, LINES: lines, SECRET, SECRET_LINES: lines, DB_HOST: "127.0.0.1" };
      expect(given.environment).toMatchObject(expected);
      expect(given.environment).toMatchObject({ PGHOST: "127.0.0.1", PGPORT: "6432", PGUSER: "app" });
    });

    test("has its database until the node has drained and the application has stopped", async () => {
      const endpoints = ["write", "read-1", "read-2", "read-3", "read-4"].map(
        (name) => `database-endpoint@${name}.service`,
      );
      for (const unit of ["app.service", "drain-node.service"]) {
        const earlier = (await on(`systemctl show --value --property=After ${unit}`)).trim().split(" ");
        expect(earlier).toEqual(expect.arrayContaining(endpoints));
      }
    });

    test("has no right on the node, and writes where it may", () => {
      expect([given.user, given.capabilities]).toEqual([1000, "0000000000000000"]);
      expect(given.writable).toEqual({ "/run": true, "/tmp": true, "/srv/cache": true, "/srv": false, "/etc": false });
      expect(given.address).toBe("10.20.0.99");
    });

    test("shows its secrets in no process list and in no journal, and no other user of the node gets at them", async () => {
      expect(await on("ps -ewwo args")).not.toMatch(/correct-horse|hunter2|pass:word/);
      expect(await on("journalctl --no-pager --output=json")).not.toMatch(/correct-horse|hunter2/);
      const asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups cat";
      for (const file of ["environment/SECRET", "registry.json", "container.json", "app.env", "files/srv/app.py"])
        await expect(on(`${asNobody} /etc/infrastructure/${file}`)).rejects.toThrow("Permission denied");
    });

    test("runs a release command beside it, whose output and status are its own", async () => {
      const code = "import os, sys; print(os.environ['SECRET'][:7], os.getuid()); sys.exit(3)";
      const file = Buffer.from(JSON.stringify({ command: ["-c", code] })).toString("base64");
      await on(`echo ${file} | base64 -d >/etc/infrastructure/release.json`);
      const unit = "systemd-run --wait --pipe --quiet --property=Delegate=yes";
      const released = await cloud.runOn(node.id, ["sh", "-c", `${unit} /usr/local/sbin/run-container release`]);
      expect(released).toMatchObject({ status: 3, stdout: "correct 1000\n" });
    });

    test("is given its time on SIGTERM, and no more", async () => {
      const started = Date.now();
      // It takes no notice of SIGTERM.
      await on("systemctl stop app.service");
      expect(Date.now() - started).toBeGreaterThan(1900);
      expect(Date.now() - started).toBeLessThan(10_000);
    });

    test("comes back after a reboot, with its port", async () => {
      await cloud.call("reboot", node.id);
      await waitUntil("the node is ready again", 240, () => isReady().catch(() => false));
      expect(await visit(8000)).toContain('"user": 1000');
    });
  });

  describe("that does not come up is told what to set", () => {
    const CONTAINER = "/etc/infrastructure/container.json";
    /** Starts the container with something changed, and waits until the reason is there. */
    const failsWith = async (change: object, wanted: RegExp) => {
      const known = JSON.parse(await on(`cat ${CONTAINER}`)) as object;
      const changed = JSON.stringify({ ...known, ...change });
      await cloud.call("exec", node.id, ["sh", "-c", `cat >${CONTAINER}`], changed);
      // It may fail at once.
      await on("systemctl restart app.service || true");
      let last = "";
      await waitUntil(`reason like ${wanted}`, 120, async () => {
        last = (await readiness().catch((error: Error) => ({ reason: error.message }))).reason ?? "ready";
        return wanted.test(last);
      }).catch((error: Error) => {
        throw new Error(`${error.message}; got: ${last}`);
      });
      return last;
    };
    const run = (behaviour: string) => ({ command: ["/srv/app.py", behaviour] });

    test.each([
      ["writes to its root", run("write"), /add the directory to `writablePaths`.*\n.*'\/srv\/uploads.db'/],
      ["changes owners", run("chown"), /`capabilities`/],
      ["listens below 1024", run("low"), /listen on \$PORT.*`port`/],
      ["listens on a port of its own", run("other"), /listens on port 4000, and not on 3000: set `port`/],
      ["listens on the loopback alone", run("local"), /listens on 127\.0\.0\.1 only/],
      ["answers with an error", run("lost"), /answers 404: check `healthPath`/],
      [
        "is a program that is not there",
        { entrypoint: ["/usr/bin/nope"] },
        /no program \/usr\/bin\/nope: check `command`/,
      ],
      [
        "is not in the registry",
        { image: `${REGISTRY}/team/shop:2`, entrypoint: ["/usr/bin/python3"] },
        /check `image`/,
      ],
    ])("when it %s", async (_, change, wanted) => {
      const reason = await failsWith(change, wanted);
      // What it printed itself is there, and nothing of what podman says beside it.
      expect(reason.split("\n").length).toBeLessThan(20);
      expect(reason).not.toMatch(/container (create|died|remove|init)/);
    });

    test("when the registry does not take the login, or is not told one", async () => {
      const image = `${REGISTRY}/team/shop:1`;
      const registry = "/etc/infrastructure/registry.json";
      await on("systemctl stop app.service; podman rmi --all --force >/dev/null");
      await cloud.call("exec", node.id, ["sh", "-c", `cat >${registry}`], login("wrong"));
      await failsWith({ image }, /does not let this node pull registry\.example\.com\/team\/shop:1: set `registry`/);
      await on(`systemctl stop app.service; rm ${registry}`);
      await failsWith({ image }, /does not let this node pull registry\.example\.com\/team\/shop:1: set `registry`/);
    });
  });
});
