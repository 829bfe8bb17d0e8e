import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRootfs, findCloudInitDirectory } from "../../../cloud-init/rootfs";
import { FakeServer } from "../fake-server";
import { describeWithImage, HostImage, type StartedProgram } from "../host-image";

const program = readRootfs(join(findCloudInitDirectory(), "discovery/rootfs")).filter(({ path }) =>
  /\/(discover-nodes|haproxy_servers\.py)$/.test(path),
);

/** Says what it was asked to do, and refuses what discover-nodes has no reason to ask for. */
const systemctl = `#!/bin/sh
[ "$*" = "try-reload-or-restart haproxy.service" ] || exit 1
[ ! -e /shared/no-reload ] || exit 1
echo reload >>/shared/reloads
`;
/** A VXLAN without peers that takes every change. */
const bridge = `#!/bin/sh
case "$*" in
    "fdb show dev vx0") cat /shared/fdb || exit 1 ;;
    "fdb append 00:00:00:00:00:00 dev vx0 dst "*) echo "00:00:00:00:00:00 dst $7 self permanent" >>/shared/fdb ;;
    "fdb delete 00:00:00:00:00:00 dev vx0 dst "*) sed -i "/ dst $7 /d" /shared/fdb ;;
    *) exit 1 ;;
esac
`;
const haproxy = `
defaults web-servers
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend in from web-servers
    bind 127.0.0.1:8080
    default_backend web
`;
const page = (number: number) => `GET /v2/droplets?per_page=200&page=${number}`;
const webPage = (page: number) => `GET /v2/droplets?tag_name=shop-web&per_page=200&page=${page}`;

const droplet = (id: number, address: string | undefined, status = "active", tags = ["shop-web"]) => ({
  id,
  status,
  tags,
  networks: {
    v4: [
      { ip_address: "203.0.113.10", type: "public" },
      ...(address === undefined ? [] : [{ ip_address: address, type: "private" }]),
    ],
  },
});

const balancer = (id: number, address: string) => droplet(id, address, "active", ["shop-load-balancer"]);
/** Of an account that has no other droplets. */
const everything = (...droplets: readonly object[]) => ({ body: { meta: { total: droplets.length }, droplets } });
const bothTiers = { backend: "web", defaults: "web-servers", tagKeys: ["LOAD_BALANCER_TAG", "WEB_TAG"], port: 8500 };

describeWithImage("discover-nodes", () => {
  let api: FakeServer;
  let host: HostImage;
  let running: StartedProgram | undefined;
  let droplets: object[];

  beforeEach(async () => {
    droplets = [droplet(20, "10.10.0.20"), droplet(3, "10.10.0.3")];
    api = await FakeServer.start();
    api.on(webPage(1), () => ({ body: { droplets, links: {} } }));
    host = new HostImage([
      ...program,
      { path: "/usr/local/bin/systemctl", content: systemctl, permissions: "0755" },
      { path: "/usr/local/bin/bridge", content: bridge, permissions: "0755" },
    ]);
    for (const directory of ["haproxy/discovered", "infrastructure", "state"]) {
      mkdirSync(join(host.shared, directory), { recursive: true });
    }
    write("haproxy/haproxy.cfg", haproxy);
    write("haproxy/discovered/web.cfg", "backend web from web-servers\n");
    write("infrastructure/discovery.token", "dop_v1_discovery\n");
    write("fdb", "");
    configure({ backend: "web", defaults: "web-servers", tagKey: "WEB_TAG", port: 80 });
  });

  afterEach(async () => {
    await running?.[Symbol.asyncDispose]();
    running = undefined;
    await api[Symbol.asyncDispose]();
    host[Symbol.dispose]();
  });

  const write = (path: string, text: string) => writeFileSync(join(host.shared, path), text);
  const read = (path: string) =>
    existsSync(join(host.shared, path)) ? readFileSync(join(host.shared, path), "utf8") : "";
  const list = () => read("haproxy/discovered/web.cfg");
  const configure = (backend: object, overlay?: object) =>
    write("infrastructure/discovery.json", JSON.stringify({ backends: [backend], overlay }));
  const start = () =>
    (running = host.start("exec discover-nodes", {
      API_URL: api.url,
      DISCOVERY_INTERVAL_SECONDS: "0.05",
      HAPROXY_DIRECTORY: "/shared/haproxy",
      INFRASTRUCTURE_DIRECTORY: "/shared/infrastructure",
      STATE_DIRECTORY: "/shared/state",
      PRIVATE_ADDRESS: "10.10.0.5",
      LOAD_BALANCER_TAG: "shop-load-balancer",
      WEB_TAG: "shop-web",
      OTHER_TAG: "shop-other",
    }));
  const untilAsked = (program: StartedProgram, times: number) => {
    const before = api.requests.length;
    return program.until(`${times} more requests`, () => api.requests.length >= before + times);
  };

  test("writes a section with a server for each active droplet, and reloads HAProxy once", async () => {
    droplets.push(droplet(4, "10.10.0.4", "new"), droplet(5, undefined));
    const program = start();
    await program.until("the list", () => list().includes("server 3"));
    expect(list()).toBe(
      "# Written by discover-nodes: changes here do not last.\nbackend web from web-servers\n" +
        "    server 3 10.10.0.3:80\n    server 20 10.10.0.20:80\n",
    );
    await untilAsked(program, 4);
    expect(read("reloads")).toBe("reload\n");
    expect(api.requests[0]?.headers.authorization).toBe("Bearer dop_v1_discovery");
    expect(api.unexpected).toEqual([]);
  });

  test("puts the options that a defaults section cannot have on the line of each server", async () => {
    configure({ backend: "web", defaults: "web-servers", tagKey: "WEB_TAG", port: 80, serverOptions: "tcp-ut 2s" });
    await start().until("the list", () => list().includes("    server 20 10.10.0.20:80 tcp-ut 2s\n"));
  });

  test("follows the droplets also when nothing can be kept, because the disk is full", async () => {
    rmSync(join(host.shared, "state"), { recursive: true });
    const program = start();
    await program.until("the list", () => list().includes("server 20"));
    droplets = [droplet(3, "10.10.0.3"), droplet(21, "10.10.0.21")];
    await program.until("the second list", () => list().includes("server 21 10.10.0.21:80"));
    expect(program.log).toContain("nodes.json: not written: ");
  });

  test("follows a droplet that comes and one that goes", async () => {
    const program = start();
    await program.until("the first list", () => list().includes("server 20"));
    droplets = [droplet(3, "10.10.0.3"), droplet(21, "10.10.0.21")];
    await program.until("the second list", () => list().includes("server 21 10.10.0.21:80"));
    expect(list()).not.toContain("server 20");
  });

  test("reads every page", async () => {
    api.on(webPage(1), () => ({ body: { droplets: [droplet(3, "10.10.0.3")], links: { pages: { next: "…" } } } }));
    api.on(webPage(2), () => ({ body: { droplets: [droplet(20, "10.10.0.20")], links: { pages: {} } } }));
    await start().until("both pages", () => /server 3 .*\n.*server 20 /.test(list()));
  });

  test("keeps its list while the API fails, and when it has no droplet at all", async () => {
    const program = start();
    await program.until("the list", () => list().includes("server 20"));
    const before = list();
    droplets = [];
    await untilAsked(program, 3);
    api.on(webPage(1), () => ({ status: 500 }));
    await untilAsked(program, 2);
    api.on(webPage(1), () => ({ body: "not JSON" }));
    await untilAsked(program, 1);
    expect(list()).toBe(before);
    expect(program.log).toMatch(/keeping the last list/);
  });

  test("starts from the list on disk when the API is down", async () => {
    const first = start();
    await first.until("the list", () => list().includes("server 20"));
    const before = list();
    await first[Symbol.asyncDispose]();
    write("haproxy/discovered/web.cfg", "backend web from web-servers\n");
    api.on(webPage(1), () => ({ status: 503 }));
    await start().until("the same list", () => list() === before);
  });

  test("keeps the old list when HAProxy refuses the new one", async () => {
    configure({ backend: "web", defaults: "nowhere", tagKey: "WEB_TAG", port: 80 });
    const program = start();
    await program.until("the refusal", () =>
      /haproxy refuses the new lists, keeping the old: .*nowhere/s.test(program.log),
    );
    expect(list()).toBe("backend web from web-servers\n");
    expect(read("reloads")).toBe("");
  });

  test("tries again when the reload fails", async () => {
    write("no-reload", "");
    const program = start();
    await program.until("the failure", () => program.log.includes("try-reload-or-restart"));
    expect(list()).toBe("backend web from web-servers\n");
    rmSync(join(host.shared, "no-reload"));
    await program.until("the reload", () => read("reloads") === "reload\n");
    expect(list()).toContain("server 20");
  });

  test("takes no line of configuration from an answer", async () => {
    droplets = [droplet(3, "10.10.0.3:80\n    server 4 10.10.0.4")];
    const program = start();
    await untilAsked(program, 2);
    await program.until("the error", () => program.log.includes("Error"));
    expect(list()).toBe("backend web from web-servers\n");
  });

  test("asks again no sooner than a 429 says", async () => {
    api.on(webPage(1), () => ({ status: 429, headers: { "retry-after": "3" } }));
    await start().until("the second request", () => api.requests.length >= 2);
    expect((api.requests[1]?.at ?? 0) - (api.requests[0]?.at ?? 0)).toBeGreaterThan(2900);
  });

  test("slows down sixteenfold when two fifths of the hour's requests are used up", async () => {
    const headers = { "ratelimit-limit": "5000", "ratelimit-remaining": "3000" };
    api.on(webPage(1), () => ({ headers, body: { droplets } }));
    await start().until("three requests", () => api.requests.length >= 3);
    expect((api.requests[2]?.at ?? 0) - (api.requests[0]?.at ?? 0)).toBeGreaterThan(2 * 16 * 50 * 0.9);
  });

  test("joins several tags in a backend whose servers are picked by name", async () => {
    api.on(page(1), () => everything(balancer(1, "10.10.0.5"), ...droplets));
    configure({ ...bothTiers, rules: ["use-server %[path,field(5,/)] if TRUE"] });
    await start().until("the list", () => list().includes("server 20 10.10.0.20:8500"));
    expect(list()).toMatch(/use-server %\[path,field\(5,\/\)\] if TRUE\n {4}server 1 10\.10\.0\.5:8500\n/);
  });

  test("asks once for several tags, and in a large account once for each", async () => {
    const other = droplet(5, "10.10.0.7", "active", ["of-another-site"]);
    api.on(page(1), () => everything(balancer(1, "10.10.0.5"), other, ...droplets));
    configure(bothTiers);
    const program = start();
    await program.until("the list", () => list().includes("server 20 10.10.0.20:8500"));
    expect(list()).not.toContain("10.10.0.7");
    await untilAsked(program, 4);
    expect(new Set(api.requests.map(({ line }) => line)).size).toBe(1);
    api.on(page(1), () => ({ body: { meta: { total: 201 }, droplets: [other] } }));
    api.on("GET /v2/droplets?tag_name=shop-load-balancer&per_page=200&page=1", () => ({
      body: { droplets: [balancer(2, "10.10.0.6")] },
    }));
    await program.until("the list of one more", () => list().includes("server 2 10.10.0.6:8500"));
    expect(list()).toContain("server 20 10.10.0.20:8500");
    const before = api.requests.length;
    await untilAsked(program, 4);
    expect(api.requests.slice(before).filter(({ line }) => !line.includes("tag_name"))).toEqual([]);
    expect(api.unexpected).toEqual([]);
  });

  test("reads every page of an account's list", async () => {
    configure(bothTiers, { interface: "vx0", tagKey: "OTHER_TAG" });
    const next = { meta: { total: 201 }, links: { pages: { next: "…" } } };
    api.on(page(1), () => ({ body: { ...next, droplets: [balancer(1, "10.10.0.5")] } }));
    api.on(page(2), () => ({ body: { ...next, links: {}, droplets } }));
    await start().until("both pages", () => /server 1 .*\n.*server 3 /.test(list()));
  });

  test("gives the overlay one flood entry for each peer, and takes away that of a peer that is gone", async () => {
    let peers = [balancer(1, "10.10.0.5"), balancer(2, "10.10.0.6"), balancer(9, "10.10.0.9")];
    api.on(page(1), () => everything(...peers, ...droplets));
    configure(
      { backend: "web", defaults: "web-servers", tagKey: "WEB_TAG", port: 80 },
      { interface: "vx0", tagKey: "LOAD_BALANCER_TAG" },
    );
    const program = start();
    const entries = () => [...read("fdb").matchAll(/dst (\S+)/g)].map((match) => match[1]);
    await program.until("both peers", () => entries().length === 2);
    expect(entries()).toEqual(["10.10.0.6", "10.10.0.9"]);
    peers = peers.slice(0, 2);
    await program.until("one peer less", () => entries().length === 1);
    expect(entries()).toEqual(["10.10.0.6"]);
  });

  test("keeps HAProxy's list while there is no overlay", async () => {
    rmSync(join(host.shared, "fdb"));
    configure(
      { backend: "web", defaults: "web-servers", tagKey: "WEB_TAG", port: 80 },
      { interface: "vx0", tagKey: "WEB_TAG" },
    );
    await start().until("the list", () => list().includes("server 20"));
  });
});
