import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { findCloudInitDirectory, readRootfs } from "../../../cloud-init/rootfs";
import { StallClock } from "../../stall-clock";
import { FakeServer } from "../fake-server";
import { describeWithImage, HostImage, type StartedProgram } from "../host-image";

// Addresses of this machine's loopback interface stand for the reserved IP and for the holder in the VPC.
const [reservedIp, holderAddress, edgeAddress] = ["127.0.0.2", "127.0.0.3", "127.0.0.4"];
const [me, peer] = [1, 2];
const address = `/v2/reserved_ips/${reservedIp}`;
const [get, post] = [`GET ${address}`, `POST ${address}/actions`];
const metadata = "GET /metadata/v1/reserved_ip/ipv4";
const edgePath = "GET /.well-known/infrastructure/health";

describeWithImage("hold-reserved-ip", () => {
  let host: HostImage;
  let api: FakeServer;
  let own: FakeServer;
  let throughAddress: FakeServer;
  let throughVpc: FakeServer;
  let edge: FakeServer;
  let haproxy: Server;
  let commands: string[];
  /** How many rounds of what is known had begun when each of the commands came. */
  let roundsBefore: number[];
  let inFlight: number;
  /** HAProxy takes no notice of questions. */
  let isBusy: boolean;
  let running: StartedProgram;
  let holder: number | null;

  beforeEach(async () => {
    [holder, commands, roundsBefore, inFlight, isBusy] = [peer, [], [], 0, false];
    const files = readRootfs(join(findCloudInitDirectory(), "load-balancer/rootfs"));
    // Tells what it is asked for, and leaves the network of this machine alone.
    const relay = '#!/bin/sh\necho "$*" >>/shared/relayed\n';
    host = new HostImage(
      files.map((file) => (file.path.endsWith("/relay-in-flight") ? { ...file, content: relay } : file)),
    );
    mkdirSync(join(host.shared, "run"));
    mkdirSync(join(host.shared, "infrastructure"));
    execFileSync("mkfifo", [join(host.shared, "run/vrrp.fifo")]);
    writeFileSync(join(host.shared, "infrastructure/failover.token"), "dop_v1_failover\n");
    haproxy = createServer((socket) =>
      // Of a program that waits no longer.
      socket
        .on("error", () => undefined)
        .on("data", (command) => {
          if (String(command).startsWith("show stat"))
            return isBusy || socket.end(`# pxname,svname,scur\nweb,BACKEND,${inFlight}\nnodes,BACKEND,0\n\n`);
          commands.push(String(command));
          roundsBefore.push(asked(`${metadata}/active`));
          socket.end("\n");
        }),
    );
    await new Promise<void>((resolve) => haproxy.listen(join(host.shared, "haproxy.sock"), resolve));

    own = await FakeServer.start("127.0.0.1");
    throughAddress = await FakeServer.start(reservedIp, own.port);
    throughVpc = await FakeServer.start(holderAddress, own.port);
    edge = await FakeServer.start(edgeAddress, own.port);
    own.on("GET /alive", () => ({ body: "alive\n" }));
    throughAddress.on("GET /health", serving);
    throughVpc.on("GET /health", serving);
    edge.on(edgePath, serving);

    api = await FakeServer.start();
    api.on(`${metadata}/active`, () => ({ body: String(holder === me) }));
    api.on(`${metadata}/ip_address`, () => ({ body: holder === me ? reservedIp : "" }));
    api.on(get, () => ({ body: { reserved_ip: { ip: reservedIp, droplet: dropletOf(holder), locked: false } } }));
    api.on(post, () => ({ status: 201, body: { action: { id: 7, status: "in-progress", type: "assign_ip" } } }));
    api.on(`GET ${address}/actions/7`, () => {
      holder = me;
      return { body: { action: { id: 7, status: "completed" } } };
    });
    running = host.start("exec hold-reserved-ip", {
      RESERVED_IP: reservedIp,
      DROPLET_ID: String(me),
      PUBLIC_HOSTNAME: "www.example.com",
      EDGE_WITNESS: "yes",
      LOAD_BALANCER_TAG: "shop-load-balancer",
      API_URL: api.url,
      METADATA_URL: api.url,
      EDGE_URL: `http://${edgeAddress}:${own.port}`,
      HEALTH_PORT: String(own.port),
      HAPROXY_SOCKET: "/shared/haproxy.sock",
      RUN_DIRECTORY: "/shared/run",
      DRAINING_FILE: "/shared/draining",
      INFRASTRUCTURE_DIRECTORY: "/shared/infrastructure",
      METRICS_DIRECTORY: "/shared/metrics",
    });
    await running.until("its first state", () => existsSync(join(host.shared, "run/holder.json")));
  });

  afterEach(async () => {
    await running[Symbol.asyncDispose]();
    for (const server of [own, throughAddress, throughVpc, edge, api]) await server[Symbol.asyncDispose]();
    await new Promise((resolve) => haproxy.close(resolve));
    host[Symbol.dispose]();
  });

  const serving = () => ({ body: "ok lb\n" });
  const silent = () => undefined;
  const dropletOf = (id: number | null) =>
    id === null ? null : { id, networks: { v4: [{ ip_address: holderAddress, type: "private" }] } };
  const vrrp = (state: string) =>
    writeFileSync(join(host.shared, "run/vrrp.fifo"), `INSTANCE "load_balancers" ${state} 100\n`);
  const state = () => JSON.parse(readFileSync(join(host.shared, "run/holder.json"), "utf8"));
  const holderDies = () => {
    for (const [server, line] of [
      [throughAddress, "GET /health"],
      [throughVpc, "GET /health"],
      [edge, edgePath],
    ] as const) {
      server.on(line, silent);
    }
  };
  /** Since the first thing that the program does. */
  const relayed = () => readFileSync(join(host.shared, "relayed"), "utf8").trim().split("\n");
  const asked = (line: string) => api.count(line);
  const claimed = () => running.until("a claim", () => asked(post) > 0);
  /** Several rounds of half a second in which something could have happened. */
  const rounds = async (count: number) => {
    const before = asked(`${metadata}/active`);
    await running.until(`${count} rounds`, () => asked(`${metadata}/active`) >= before + count);
  };

  test("claims the address of a dead holder as soon as it is master", async () => {
    holderDies();
    using clock = new StallClock();
    vrrp("MASTER");
    await claimed();
    // Transition, one round of what is known, one GET, one round of witnesses: 0.8 s and what this machine adds.
    expect(clock.elapsed()).toBeLessThan(2000);
    const claim = api.requests.find(({ line }) => line === post);
    expect(JSON.parse(claim?.body ?? "")).toEqual({ type: "assign", droplet_id: me });
    expect(claim?.headers.authorization).toBe("Bearer dop_v1_failover");
    await running.until("that it holds the address", () => state().holder === me && state().active);
    await rounds(3);
    expect(asked(post)).toBe(1);
    expect(running.log).toMatch(/^<6>event=claim from=2 vrrp="MASTER"$/m);
    expect(running.log).toMatch(/^<6>event=claimed action=7$/m);
    expect([...api.unexpected, ...throughAddress.unexpected, ...throughVpc.unexpected, ...edge.unexpected]).toEqual([]);
  });

  test("counts what it logs in a file for a Prometheus node exporter", async () => {
    holderDies();
    const accepted = { status: 201, body: { action: { id: 7, status: "in-progress", type: "assign_ip" } } };
    api.on(post, () => (asked(post) === 1 ? { status: 500 } : accepted));
    vrrp("MASTER");
    await running.until("that it holds the address", () => state().holder === me && state().active);
    const metrics = () => readFileSync(join(host.shared, "metrics/hold-reserved-ip.prom"), "utf8").split("\n");
    const logged = (event: string) => running.log.split(`>event=${event} `).length - 1;
    const lastError = () => [...running.log.matchAll(/^<[0-4]>event=(\S+)/gm)].at(-1)?.[1];
    // All at once, and what its log says: of a machine that stalls it knows less for a while, and asks more.
    const figures = () => [
      "reserved_ip_held 1",
      'reserved_ip_role{role="master"} 1',
      'reserved_ip_role{role="backup"} 0',
      "reserved_ip_haproxy_alive 1",
      "reserved_ip_transitions_total 1",
      `reserved_ip_claims_total ${logged("claim")}`,
      "reserved_ip_claims_completed_total 1",
      `reserved_ip_refusals_total ${logged("refused")}`,
    ];
    await running.until("that its figures say so", () => figures().every((line) => metrics().includes(line)));
    expect(logged("claim")).toBeGreaterThanOrEqual(2);
    expect(logged("refused")).toBeGreaterThanOrEqual(1);
    const error = new RegExp(`^reserved_ip_last_error_timestamp_seconds\\{event="${lastError()}"\\} \\d{10}\\.\\d+$`);
    expect(metrics()).toContainEqual(expect.stringMatching(error));
    expect(readdirSync(join(host.shared, "metrics"))).toEqual(["hold-reserved-ip.prom"]);
  });

  test.each(["the reserved IP", "the VPC", "the edge"])("claims nothing while %s reaches the holder", async (path) => {
    holderDies();
    if (path === "the reserved IP") throughAddress.on("GET /health", serving);
    if (path === "the VPC") throughVpc.on("GET /health", serving);
    if (path === "the edge") edge.on(edgePath, serving);
    vrrp("MASTER");
    await running.until("its new role", () => state().vrrp === "MASTER");
    await rounds(4);
    expect(asked(post)).toBe(0);
  });

  test("asks again who holds the address before it repeats a claim that was answered 422", async () => {
    holderDies();
    api.on(post, () => ({ status: 422, body: { id: "unprocessable_entity", message: "has a pending event" } }));
    vrrp("MASTER");
    await running.until("a second claim", () => asked(post) >= 2);
    const calls = api.requests.map(({ line }) => line).filter((line) => line === get || line === post);
    // Twice, where the answer to the first question came too late.
    expect(calls.map((line) => (line === get ? "get" : "post")).join(" ")).toMatch(/^(get )+post (get )+post/);
  });

  test("takes a 422 for success when it then holds the address", async () => {
    holderDies();
    api.on(post, () => {
      holder = me;
      return { status: 422 };
    });
    vrrp("MASTER");
    await claimed();
    await rounds(5);
    expect(asked(post)).toBe(1);
  });

  test("asks nothing for as long as a 429 says", async () => {
    holderDies();
    api.on(get, () => ({ status: 429, headers: { "retry-after": "3" } }));
    vrrp("MASTER");
    const pauses = () => {
      const times = api.requests.filter(({ line }) => line === get).map(({ at }) => at);
      return times.slice(1).map((at, index) => at - times[index]!);
    };
    await running.until("a pause", () => pauses().some((milliseconds) => milliseconds > 2900));
    // It knows nothing of a 429 that came too late.
    const late = running.log.split(/event=refused .*status=0/).length - 1;
    expect(pauses().filter((milliseconds) => milliseconds <= 2900).length).toBeLessThanOrEqual(late);
    expect(asked(post)).toBe(0);
  });

  test.each([
    ["does not answer", silent],
    ["breaks", () => ({ status: 500 })],
    ["answers nonsense", () => ({ body: "<html>" })],
    ["answers JSON of another kind", () => ({ body: { reserved_ip: null } })],
  ])("moves nothing while the API %s, and claims when it is back", async (_, answer) => {
    holderDies();
    api.on(get, answer);
    vrrp("MASTER");
    await running.until("two questions", () => asked(get) >= 2);
    expect(asked(post)).toBe(0);
    api.on(get, () => ({ body: { reserved_ip: { droplet: dropletOf(null), locked: false } } }));
    await claimed();
  });

  test("sends no claim when the API took more than a second to name the holder", async () => {
    holderDies();
    let answers = 0;
    api.on(get, () => (answers++ < 2 ? undefined : { body: { reserved_ip: { droplet: null, locked: false } } }));
    vrrp("MASTER");
    await claimed();
    expect(asked(get)).toBeGreaterThanOrEqual(3);
  });

  test("claims nothing while its own HAProxy is silent", async () => {
    holderDies();
    own.on("GET /alive", silent);
    await rounds(2);
    vrrp("MASTER");
    await rounds(4);
    expect(asked(post)).toBe(0);
  });

  test("hands over when it drains: says so to HAProxy at once, and is done when another holds the address", async () => {
    [holder, inFlight] = [me, 2];
    await running.until("that it holds the address", () => state().active);
    writeFileSync(join(host.shared, "draining"), "");
    await running.until("the word", () => commands.includes("set map /shared/run/health.map health draining\n"));
    expect(readFileSync(join(host.shared, "run/health.map"), "utf8")).toBe("health draining\n");
    await rounds(3);
    expect(state()).toMatchObject({ draining: true, drained: false });
    holder = peer;
    await running.until("the relay", () => relayed().includes(`through ${holderAddress}`));
    await running.until("that the edge is led away", () => commands.includes("shutdown frontend https\n"));
    await rounds(10);
    expect(state()).toMatchObject({ in_flight: 2, drained: false });
    isBusy = true;
    await rounds(4);
    expect(state()).toMatchObject({ in_flight: 2, drained: false });
    isBusy = false;
    inFlight = 0;
    await running.until("the end of the drain", () => state().drained === true);
    rmSync(join(host.shared, "draining"));
    await running.until(
      "service again",
      () => state().drained === false && commands.at(-1)?.endsWith(" ok\n") === true,
    );
    await running.until("the end of the relay", () => relayed().at(-1) === "off");
  });

  test("says that it is at fault when keepalived does", async () => {
    vrrp("FAULT");
    await running.until("the word", () => commands.at(-1) === "set map /shared/run/health.map health fault\n");
  });

  test("says so at once, also while it waits for an API that it does not reach, and no longer than it lasts", async () => {
    holderDies();
    api.on(get, silent);
    const words = () =>
      commands.filter((command) => / (ok|fault)\n$/.test(command)).map((word) => word.trim().split(" ")[4]);
    /** Whether the word came while the rule was still waiting for the answer. */
    const isSaidAtOnce = async () => {
      const questions = asked(get);
      vrrp("MASTER");
      await running.until("a question without an answer", () => asked(get) > questions);
      const [said, rounds] = [commands.length, asked(`${metadata}/active`)];
      vrrp("FAULT");
      const isFault = (command: string) => command.endsWith(" fault\n");
      await running.until("the word", () => commands.slice(said).some(isFault));
      const roundsAtWord = roundsBefore[said + commands.slice(said).findIndex(isFault)];
      vrrp("BACKUP");
      await running.until("its end", () => words().at(-1) === "ok");
      return roundsAtWord === rounds;
    };
    // It waits for a second: a machine that stands still for as long hides the order.
    expect((await isSaidAtOnce()) || (await isSaidAtOnce())).toBe(true);
  });

  test("remembers the state of VRRP when it is started again", async () => {
    vrrp("MASTER");
    await running.until("the state", () => state().vrrp === "MASTER");
    expect(readFileSync(join(host.shared, "run/vrrp-state"), "utf8")).toBe("MASTER");
  });

  test("does not count another reserved IP of this droplet as the one it is after", async () => {
    holderDies();
    api.on(`${metadata}/active`, () => ({ body: "true" }));
    api.on(`${metadata}/ip_address`, () => ({ body: "198.51.100.99" }));
    api.on(post, () => ({ status: 422 }));
    vrrp("MASTER");
    await running.until("the alert", () => running.log.includes('<2>event=alert problem="this droplet already holds'));
  });

  test("never shows its token", async () => {
    holderDies();
    api.on(post, () => ({ status: 401, body: "dop_v1_failover" }));
    vrrp("MASTER");
    await running.until("the refusal", () => running.log.includes('event=refused step="assign" status=401'));
    expect(running.log).not.toContain("dop_v1");
  });
});
