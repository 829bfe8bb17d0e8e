import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBootProgress } from "../../../local-cloud/machines/boot-progress";
import { MachineFiles } from "../../../local-cloud/machines/machine-files";
import { OuterCloud } from "../../../local-cloud/outer-cloud/outer-cloud";
import { isRunning, tryIdentifyProcess } from "../../../local-cloud/outer-cloud/process-identity";
import { waitUntil } from "../../../programs/wait-until";
import { StallClock } from "../../stall-clock";
import { CloudUnderTest, whatIsMissing } from "./cloud-under-test";
import { exampleDroplet } from "./example-droplet";

const missing = whatIsMissing();
const describeOrSkip = missing ? describe.skip : describe;

/** Three droplets that boot at once, on a machine that is busy with other things. */
jest.setTimeout(300_000);

const RESERVED = "198.51.100.10";

// Packages that are there already, a file, a service that is enabled by name, and a command.
const userData = `#cloud-config\n${JSON.stringify({
  package_update: true,
  packages: ["nginx", "jq"],
  write_files: [{ path: "/var/www/html/index.html", content: "made by cloud-init\n" }],
  runcmd: [
    ["sh", "-c", "printf 'server { listen 80; root /var/www/html; }' > /etc/nginx/conf.d/test.conf"],
    ["systemctl", "enable", "--now", "nginx.service"],
  ],
})}`;

describeOrSkip(`machines of the local cloud${missing ? ` (skipped: ${missing})` : ""}`, () => {
  let cloud: CloudUnderTest;
  let authority: string;

  const files = (id: number) => new MachineFiles(cloud.stateDirectory, id);
  const on = async (id: number, script: string) => {
    const { status, stdout, stderr } = await cloud.runOn(id, ["sh", "-c", script]);
    if (status !== 0) throw new Error(`droplet ${id}: ${script}: status ${status}: ${stderr}${stdout}`);
    return stdout.trim();
  };
  const visit = async (address: string, limitSeconds = 30) => {
    const argv = ["curl", "--silent", "--max-time", `${limitSeconds}`, `http://${address}/`];
    const { status, stdout } = await cloud.runIn("internet", argv);
    return status === 0 ? stdout.trim() : `status ${status}`;
  };
  const booted = (id: number) =>
    waitUntil(
      `cloud-init on droplet ${id}`,
      240,
      async () => {
        const progress = await readBootProgress(files(id).upper);
        return (progress.state === "done" || progress.state === "error") && progress;
      },
      100,
    );
  const answers = (address: string) =>
    waitUntil(`answer of ${address}`, 180, async () => (await visit(address, 2)) === "made by cloud-init", 100);
  /** What the cloud has of a node: processes, mounts, namespaces, interfaces, cgroups, files. */
  const traces = async (id: number) => {
    const { stdout } = await cloud.runIn("cloud", [
      "sh",
      "-c",
      `ps ax -o args | grep -v grep | grep -w 'd${id}'; grep -w 'd${id}' /proc/self/mountinfo; ip netns | grep -w 'n-d${id}'
       ip link | grep -e '-d${id}@'; nft list ruleset | grep -w 'd${id}'; ls -d /sys/fs/cgroup/nodes/d${id} 2> /dev/null`,
    ]);
    return [...stdout.split("\n").filter(Boolean), ...(existsSync(files(id).directory) ? ["its directory"] : [])];
  };

  beforeAll(async () => {
    const scratch = mkdtempSync(join(tmpdir(), "authority-"));
    const subject = ["-subj", "/CN=Authority of a test", "-addext", "basicConstraints=critical,CA:TRUE"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"];
    const out = join(scratch, "ca.pem");
    execFileSync("openssl", ["req", "-x509", ...key, ...subject, "-out", out], { stdio: "ignore" });
    authority = readFileSync(out, "utf8");
    rmSync(scratch, { recursive: true });
    cloud = await CloudUnderTest.start(authority);
    await Promise.all([1, 2, 3].map((n) => cloud.call("create", exampleDroplet(n, userData))));
    await Promise.all([101, 102, 103].map(booted));
  });
  afterAll(() => cloud?.[Symbol.asyncDispose]());

  describe("a new droplet", () => {
    test("runs its user data to the end without any error, recoverable ones included", async () => {
      expect(await booted(101)).toEqual({ state: "done", stage: undefined, errors: [] });
      const status = JSON.parse(await on(101, "cloud-init status --format json"));
      expect(status).toMatchObject({ status: "done", extended_status: "done", errors: [], recoverable_errors: {} });
      expect(status.datasource).toBe("configdrive");
      expect(await visit("203.0.113.10")).toBe("made by cloud-init");
    });

    test("has no failed unit, and none of a role's services that was not enabled", async () => {
      expect(await on(101, "systemctl --failed --no-legend")).toBe("");
      expect(await on(101, "systemctl is-active haproxy keepalived nginx || true")).toBe("inactive\ninactive\nactive");
    });

    test("has its name, its keys, a machine id of its own, and the addresses that the API has given it", async () => {
      expect(await on(101, "hostname")).toBe("node-1");
      expect(await on(101, "cat /root/.ssh/authorized_keys")).toContain(exampleDroplet(1).publicKeys[0]);
      const ids = await Promise.all([101, 102, 103].map((id) => on(id, "cat /etc/machine-id")));
      expect(new Set(ids).size).toBe(3);
      const addresses = await on(101, "ip -4 -o address show | awk '{print $2, $4}' | sort");
      expect(addresses.split("\n")).toEqual([
        "eth0 10.17.0.10/16",
        "eth0 203.0.113.10/24",
        "eth1 10.20.0.5/20",
        "lo 127.0.0.1/8",
      ]);
    });

    test("trusts the authority of the cloud as a public one, whether a program reads the bundle or the directory", async () => {
      const certificate = "/usr/local/share/ca-certificates/local-cloud-0.crt";
      expect(await on(101, `cat ${certificate}`)).toBe(authority.trim());
      await on(101, `openssl verify -no-CApath -CAfile /etc/ssl/certs/ca-certificates.crt ${certificate}`);
      await on(101, `openssl verify -no-CAfile -CApath /etc/ssl/certs ${certificate}`);
    });

    test("updates its package lists, finds installed packages up to date, and is told which one does not exist", async () => {
      expect(await on(102, "apt-get update 2>&1")).not.toMatch(/^[WE]:/m);
      expect(await on(102, "apt-get install --yes haproxy")).toContain("haproxy is already the newest version");
      await expect(on(102, "apt-get install --yes no-such-package")).rejects.toThrow(
        "E: Unable to locate package no-such-package",
      );
    });

    test("can do what roles do: VXLAN, nftables by user, a container's needs", async () => {
      await on(103, "ip link add vx0 type vxlan id 42 dev eth1 dstport 4789 && ip link delete vx0");
      await on(103, "nft 'add table inet t; add chain inet t o { type filter hook output priority 0; }'");
      await on(
        103,
        "nft 'add rule inet t o ip daddr 169.254.169.254 meta skuid != 0 reject' && nft delete table inet t",
      );
      expect(await on(103, "podman info --format '{{.Host.OCIRuntime.Name}} {{.Store.GraphDriverName}}'")).toBe(
        "crun overlay",
      );
    });

    test("runs a container that has users of its own, a read-only root and no capability", async () => {
      const programs = "usr/bin/dash usr/bin/id";
      const libraries = `$(ldd /${programs.replaceAll(" ", " /")} | grep -o '/[^ ]*so[^ ]*' | sort -u | cut -c 2-)`;
      await on(103, `tar -ch -C / ${programs} ${libraries} | podman import --quiet - localhost/test:1`);
      await on(103, "echo containers:2147483647:2147483648 | tee /etc/subuid > /etc/subgid");
      const limits = "--userns=auto --network=host --read-only --cap-drop=all --security-opt=no-new-privileges";
      const script = "id -u; : > /file";
      const argv = ["sh", "-c", `podman run --rm ${limits} localhost/test:1 /usr/bin/dash -c '${script}'`];
      const { stdout, stderr } = await cloud.runOn(103, argv);
      expect([stdout.trim(), stderr]).toEqual(["0", expect.stringContaining("Read-only file system")]);
    });

    test("keeps a journal that can be read from outside", async () => {
      const argv = ["journalctl", "--directory", files(101).journal, "--unit", "nginx.service", "--output", "cat"];
      expect((await cloud.runIn("cloud", argv)).stdout).toContain("Started nginx.service");
    });

    test("is not made twice", async () => {
      const before = await on(101, "cat /proc/sys/kernel/random/boot_id; cut -d' ' -f22 /proc/1/stat");
      await cloud.call("create", exampleDroplet(1, userData));
      expect(await on(101, "cat /proc/sys/kernel/random/boot_id; cut -d' ' -f22 /proc/1/stat")).toBe(before);
    });

    test("fails for an image that the cloud does not have, and leaves nothing", async () => {
      const droplet = exampleDroplet(9, userData, { image: "windows-95" });
      await expect(cloud.call("create", droplet)).rejects.toThrow(
        "droplet node-9: image: not in the local cloud, got windows-95, allowed debian-13-x64",
      );
      expect(await traces(109)).toEqual([]);
    });
  });

  describe("metadata", () => {
    const ask = (id: number, path: string) => on(id, `curl -sf http://169.254.169.254/metadata/v1/${path}`);

    test("tells each droplet about itself", async () => {
      expect(await ask(101, "id")).toBe("101");
      expect(await ask(102, "interfaces/private/0/ipv4/address")).toBe("10.20.0.6");
      expect(await ask(102, "user-data")).toBe(userData);
    });

    test("says who holds the reserved IP, and packets go there", async () => {
      await cloud.call("routeReservedIp", RESERVED, 101);
      expect(await ask(101, "reserved_ip/ipv4/active")).toBe("true");
      expect(await ask(102, "reserved_ip/ipv4/active")).toBe("false");
      expect(await visit(RESERVED)).toBe("made by cloud-init");
      await cloud.call("routeReservedIp", RESERVED, 102);
      expect(await ask(101, "reserved_ip/ipv4/active")).toBe("false");
      expect(await ask(102, "floating_ip/ipv4/ip_address")).toBe(RESERVED);
      expect(await visit(RESERVED)).toBe("made by cloud-init");
      await cloud.call("routeReservedIp", RESERVED, undefined);
      expect(await visit(RESERVED, 1)).toBe("status 28");
    });
  });

  describe("power", () => {
    /** On droplet 101: a service that does not end when it is asked to. */
    async function startStubbornService(): Promise<void> {
      const script = "trap : TERM; touch /run/stubborn; while :; do sleep 0.1; done";
      await on(101, `systemd-run --quiet --unit=stubborn --property=TimeoutStopSec=60 sh -c '${script}'`);
      await on(101, "until [ -e /run/stubborn ]; do sleep 0.1; done");
    }

    test("a power cut meets silence, not a goodbye; afterwards the droplet boots with what was on its disk", async () => {
      await on(101, "echo kept > /root/note && sync");
      await cloud.call("powerOff", 101);
      await cloud.call("powerOff", 101);
      expect(await visit("203.0.113.10", 1)).toBe("status 28");
      expect((await cloud.runOn(101, ["true"])).stderr).toContain("d101 is not running");
      await cloud.call("powerOn", 101);
      await answers("203.0.113.10");
      expect(await on(101, "cat /root/note")).toBe("kept");
    });

    test("a shutdown stops the droplet's services in order, and its address answers no more", async () => {
      const script = "trap 'date > /root/goodbye; exit' TERM; touch /run/waiting; while :; do sleep 0.1; done";
      await on(101, `systemd-run --quiet --unit=goodbye sh -c "${script}"`);
      await on(101, "until [ -e /run/waiting ]; do sleep 0.1; done");
      await cloud.call("shutDown", 101, 30);
      expect(existsSync(join(files(101).upper, "root/goodbye"))).toBe(true);
      expect(await visit("203.0.113.10", 1)).toBe("status 28");
      await cloud.call("shutDown", 101, 30);
      await cloud.call("powerOn", 101);
      await answers("203.0.113.10");
    });

    test("fails a shutdown that takes longer than its limit; the droplet can still be cut off", async () => {
      await startStubbornService();
      await expect(cloud.call("shutDown", 101, 1)).rejects.toThrow("droplet node-1: did not shut down within 1 s");
      await cloud.call("powerOff", 101);
      await cloud.call("powerOn", 101);
      await answers("203.0.113.10");
    });

    test("a power cut does not wait for a shutdown that is under way", async () => {
      await startStubbornService();
      const shutdown = cloud.call("shutDown", 101, 60);
      await waitUntil("begin of the shutdown", 60, async () => {
        const { stdout } = await cloud.runOn(101, ["systemctl", "is-system-running"]);
        return stdout.trim() === "stopping";
      });
      using clock = new StallClock();
      await cloud.call("powerOff", 101);
      expect(clock.elapsed()).toBeLessThan(5000);
      await shutdown;
      await cloud.call("powerOn", 101);
      await answers("203.0.113.10");
    });

    test("a reboot comes back by itself, with a fresh network", async () => {
      await on(
        102,
        "ip link add vx0 type vxlan id 42 dev eth1 dstport 4789; nft add table inet left_over; touch /run/before",
      );
      await cloud.call("reboot", 102);
      await answers("203.0.113.11");
      expect(await on(102, "ls /run/before /sys/class/net/vx0 2> /dev/null; nft list tables")).toBe("");
    });

    test("a droplet that switches itself off is noticed; one that reboots itself is started again", async () => {
      const { length } = await cloud.call<unknown[]>("powerChanges");
      await cloud.runOn(103, ["systemctl", "poweroff"]);
      await waitUntil(
        "news of the power-off",
        120,
        async () => (await cloud.call<unknown[]>("powerChanges")).length > length,
      );
      expect((await cloud.call<unknown[]>("powerChanges")).slice(length)).toEqual([{ id: 103, on: false }]);
      expect(await visit("203.0.113.12", 1)).toBe("status 28");
      await cloud.call("powerOn", 103);
      await answers("203.0.113.12");

      await on(103, "touch /run/before");
      await cloud.runOn(103, ["systemctl", "reboot"]);
      await waitUntil(
        "new boot",
        120,
        async () => (await cloud.runOn(103, ["test", "!", "-e", "/run/before"])).status === 0,
      );
      await answers("203.0.113.12");
      expect(await cloud.call<unknown[]>("powerChanges")).toHaveLength(length + 1);
    });

    test("a command that runs on a droplet when it goes down ends with it", async () => {
      const command = cloud.runOn(103, ["sleep", "1000"]);
      await waitUntil("begin of the command", 60, async () => {
        return (await cloud.runOn(103, ["pgrep", "-x", "sleep"])).status === 0;
      });
      await cloud.call("shutDown", 103, 30);
      expect((await command).status).not.toBe(0);
      await cloud.call("powerOn", 103);
      await answers("203.0.113.12");
    });

    test("a frozen droplet answers nothing and goes on where it was", async () => {
      const [before] = (await on(102, "cat /proc/sys/kernel/random/boot_id && touch /run/mark")).split("\n");
      await cloud.call("freeze", 102);
      expect(await visit("203.0.113.11", 1)).toBe("status 28");
      await cloud.call("thaw", 102);
      expect(await visit("203.0.113.11")).toBe("made by cloud-init");
      expect(await on(102, "cat /proc/sys/kernel/random/boot_id && ls /run/mark")).toBe(`${before}\n/run/mark`);
    });
  });

  describe("removal", () => {
    test("a destroyed droplet leaves nothing: no process, mount, namespace, interface, rule, cgroup or file", async () => {
      await cloud.call("setFirewall", 103, { inbound: [], outbound: [] });
      expect((await traces(103)).length).toBeGreaterThan(5);
      await cloud.call("destroy", 103);
      await cloud.call("destroy", 103);
      expect(await traces(103)).toEqual([]);
    });

    test("a droplet is destroyed in the middle of its boot, while it is frozen, and while it is off", async () => {
      const ids = [104, 105, 106];
      await Promise.all([4, 5, 6].map((n) => cloud.call("create", exampleDroplet(n, userData))));
      await cloud.call("freeze", 105);
      await cloud.call("powerOff", 106);
      await Promise.all(ids.map((id) => cloud.call("destroy", id)));
      for (const id of ids) expect(await traces(id)).toEqual([]);
    });

    test("a droplet is destroyed while it is being made", async () => {
      const creation = cloud.call("create", exampleDroplet(7, userData));
      await cloud.call("destroy", 107);
      await creation.catch(() => undefined);
      await cloud.call("destroy", 107);
      expect(await traces(107)).toEqual([]);
    });

    test("everything goes with the cloud", async () => {
      const running = (await cloud.outer.processes()).flatMap((pid) => tryIdentifyProcess(pid) ?? []);
      expect(running.length).toBeGreaterThan(15);
      const directory = cloud.stateDirectory;
      await cloud[Symbol.asyncDispose]();
      // They leave their cgroups a moment before they are gone.
      await waitUntil("end of every process", 60, () => !running.some(isRunning));
      expect(await OuterCloud.leftovers(directory)).toEqual([]);
      expect(existsSync(directory)).toBe(false);
      expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(directory);
    });
  });
});
