import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { appFiles } from "../../../cloud-init/app/user-data";
import { findCloudInitDirectory, readRootfs } from "../../../cloud-init/rootfs";
import { exampleApp } from "../example-hosts";
import { FakeServer } from "../fake-server";
import { describeWithImage, HostImage } from "../host-image";

const rootfs = readRootfs(join(findCloudInitDirectory(), "base/rootfs"));
const metadata = {
  droplet_id: 42,
  interfaces: {
    public: [
      {
        ipv4: { ip_address: "203.0.113.10", netmask: "255.255.255.0", gateway: "203.0.113.1" },
        anchor_ipv4: { ip_address: "10.17.0.10", netmask: "255.255.0.0", gateway: "10.17.0.1" },
      },
    ],
    private: [{ ipv4: { ip_address: "10.10.0.5", netmask: "255.255.255.0", gateway: "10.10.0.1" } }],
  },
};

describeWithImage("learn-self", () => {
  const line = "GET /metadata/v1.json";
  let server: FakeServer;
  let host: HostImage;
  beforeEach(async () => {
    server = await FakeServer.start();
    host = new HostImage(rootfs);
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    host[Symbol.dispose]();
  });
  const start = () => host.start("exec learn-self", { METADATA_URL: server.url, SELF_FILE: "/shared/self.env" });
  const read = () => readFileSync(join(host.shared, "self.env"), "utf8");
  const written = () => existsSync(join(host.shared, "self.env"));

  test("writes what the droplet is", async () => {
    server.on(line, () => ({ body: metadata }));
    await using program = start();
    await program.until("self.env", written);
    expect(read()).toBe(
      "DROPLET_ID=42\nPUBLIC_ADDRESS=203.0.113.10\nPUBLIC_GATEWAY=203.0.113.1\nANCHOR_ADDRESS=10.17.0.10\n" +
        "PRIVATE_ADDRESS=10.10.0.5\n",
    );
  });

  test("takes the public address where there is no anchor, as on a custom image", async () => {
    const [first] = metadata.interfaces.public;
    const without = { ...metadata.interfaces, public: [{ ipv4: first?.ipv4 }] };
    server.on(line, () => ({ body: { ...metadata, interfaces: without } }));
    await using program = start();
    await program.until("self.env", written);
    expect(read()).toContain("ANCHOR_ADDRESS=203.0.113.10\n");
  });

  test("tries again until metadata is complete, and writes nothing before", async () => {
    let complete = false;
    server.on(line, () => ({ body: complete ? metadata : { droplet_id: 42 } }));
    await using program = start();
    await program.until("the second try", () => server.count(line) >= 2);
    expect(written()).toBe(false);
    complete = true;
    await program.until("self.env", written);
  });
});

describeWithImage("drain-node", () => {
  let host: HostImage;
  beforeEach(() => {
    host = new HostImage(rootfs);
  });
  afterEach(() => host[Symbol.dispose]());
  const run = (script: string) => host.run(`export DRAIN_SETTLE_SECONDS=0\n${script}`);
  const isDrained = (script: string) =>
    host.write({
      path: "/usr/local/lib/infrastructure/is-drained",
      content: `#!/bin/sh\n${script}\n`,
      permissions: "0755",
    });
  /** Runs drain-node while visitors are connected to port 8000; they say what became of them. */
  const drainWithVisitors = (kept: string, seconds: string, environment = "") => {
    writeFileSync(join(host.shared, "visit.py"), readFileSync(join(__dirname, "visit-while-draining.py")));
    const visitors = `python3 /shared/visit.py ${kept} ${seconds} >/run/visitors & until [ -e /run/connected ]; do sleep 0.1; done`;
    const result = run(
      `${visitors}\nexport DRAIN_PORT=8000 ${environment}; drain-node || echo "status $?"; wait; cat /run/visitors; cat /run/turns 2>/dev/null || true`,
    );
    expect(result.stderr).toMatch(/^\d+ connections are left: ending them\n/m);
    return result.stdout;
  };

  test("says draining, and is done where a role has nothing to wait for", () => {
    expect(run("drain-node; ls /run/draining").stdout).toBe("/run/draining\n");
  });

  test("waits until nothing is in flight", () => {
    isDrained('echo x >>/run/asked; [ "$(wc -l </run/asked)" = 3 ]');
    expect(run("drain-node; wc -l </run/asked").stdout.trim()).toBe("3");
  });

  test("fails after its limit, and leaves the node draining", () => {
    isDrained("false");
    const result = run("export DRAIN_LIMIT_SECONDS=1; drain-node || { ls /run/draining; exit 7; }");
    expect(result).toMatchObject({ status: 7, stdout: "/run/draining\n", stderr: "not drained after 1 s\n" });
  });

  test("waits for an answer that takes its time, and not for connections that are only kept", () => {
    const [answered, ...rest] = drainWithVisitors("10", "8").trim().split("\n");
    expect(answered).toBe("answered, with 10 connections kept");
    expect(rest.join()).toMatch(/^10 ended in \d+\.\d s$/);
  });

  test("ends what is left one after the other, and not longer than it may", () => {
    // Tells when it is asked to end connections: how many turns there are says how long it takes on an idle machine.
    const ss = '#!/bin/sh\ncase "$*" in *--kill*) date +%s.%N >>/run/turns ;; esac\nexec /usr/bin/ss "$@"\n';
    host.write({ path: "/usr/local/sbin/ss", content: ss, permissions: "0755" });
    const turns = (environment = "") => {
      const [ended, ...times] = drainWithVisitors("300", "0", environment).trim().split("\n");
      expect(ended).toMatch(/^300 ended in /);
      return times.map(Number);
    };
    const all = turns();
    expect(all).toHaveLength(30);
    expect(all.at(-1)! - all[0]!).toBeGreaterThan(5);
    expect(turns("DRAIN_SPREAD_SECONDS=2")).toHaveLength(10);
  });

  test("waits for answers of an application that listens on a port of its own", () => {
    const application = { kind: "container", image: "ghcr.io/example/shop:1", port: 3000 } as const;
    for (const file of appFiles({ ...exampleApp, application })) host.write(file);
    // A web node in a network of its own: what comes by the loopback is not sent on to another port.
    const { stdout } = run(`
      nft -f /etc/infrastructure/app-port.nft
      unshare --net sleep 60 & web=$!
      until ip link add eth1 type veth peer name eth1 netns $web 2>/dev/null; do sleep 0.1; done
      ip address add 10.10.0.41/24 dev eth1 && ip link set eth1 up
      nsenter --target $web --net sh -c "ip address add 10.10.0.5/24 dev eth1 && ip link set eth1 up"
      python3 -c '
import http.server, time
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open("/run/asked", "w").close()
        time.sleep(3)
        open("/run/answered", "w").close()
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(("0.0.0.0", 3000), Slow).serve_forever()' 2>/dev/null &
      server=$!
      (nsenter --target $web --net curl --silent --retry 20 --retry-connrefused --retry-delay 1 \
        --write-out "answered %{http_code}\n" http://10.10.0.41:8000/) &
      visitor=$!
      until [ -e /run/asked ]; do sleep 0.1; done
      export $(sed -n s/^Environment=//p /etc/systemd/system/drain-node.service.d/limit.conf)
      drain-node && [ -e /run/answered ] && drained="drained after that"
      wait $visitor
      echo "$drained"
      kill $server $web
    `);
    expect(stdout).toBe("answered 204\ndrained after that\n");
  });

  test("comes back into service", () => {
    expect(run("drain-node; drain-node --undo; [ ! -e /run/draining ]").status).toBe(0);
  });
});

describeWithImage("the guard of metadata", () => {
  const guard = "nft -f /etc/infrastructure/metadata-guard.nft";
  const ask = (user: string) =>
    `setpriv --reuid ${user} --clear-groups python3 -c "
import socket
try: socket.create_connection(('169.254.169.254', 80), 20).close(); print('answered')
except OSError as error: print(type(error).__name__)"`;
  const metadataAddress = `
    ip address add 169.254.169.254/32 dev lo
    python3 -m http.server --bind 169.254.169.254 80 2>/dev/null &
    until curl --silent --output /dev/null http://169.254.169.254/; do sleep 0.1; done`;

  test("lets root ask, nobody else, and the monitoring agent once it is named", () => {
    using host = new HostImage(rootfs);
    const result = host.run(`
      ${metadataAddress}
      ${guard}; ${guard}
      ${ask("0")}; ${ask("www-data")}
      nft add element inet metadata_guard users '{ www-data }'
      ${ask("www-data")}
    `);
    expect(result.stdout).toBe("answered\nConnectionRefusedError\nanswered\n");
    expect(result.stderr).toBe("");
  });

  test("leaves the tables of others alone", () => {
    using host = new HostImage(rootfs);
    const result = host.run(`nft add table inet netavark; ${guard}; nft list tables`);
    expect(result.stdout).toBe("table inet netavark\ntable inet metadata_guard\n");
  });
});

describeWithImage("unattended upgrades", () => {
  test("take security updates only, and never restart a node", () => {
    using host = new HostImage(rootfs);
    const settings = host.run("apt-config dump").stdout;
    const origins = [...settings.matchAll(/^Unattended-Upgrade::Origins-Pattern:: "(.*)";$/gm)].map(
      (match) => match[1],
    );
    expect(origins).toEqual(["origin=Debian,codename=${distro_codename}-security,label=Debian-Security"]);
    expect(settings).toContain('Unattended-Upgrade::Automatic-Reboot "false";');
    expect(settings).toContain('APT::Periodic::Unattended-Upgrade "1";');
  });
});
