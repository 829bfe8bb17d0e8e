import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { CloudStatus } from "../../local-cloud/control/cloud-status";
import { LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";
import { SiteClient } from "./site-client";

jest.setTimeout(15 * 60_000);

const STATE = `/var/tmp/local-cloud-own-tiers-${process.pid}`;
const PORT = 24_000 + (process.pid % 8_000);
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot(`tiers of one's own, and a site as small as can be${isRoot ? "" : " (skipped: needs root)"}`, () => {
  const cloud = new LocalCloudProcess(STATE);
  let site: SiteClient;
  let siteCalled: (hostname: string) => SiteClient;

  const nodes = async () => {
    const status = JSON.parse((await cloud.succeed("status", "--json")).stdout) as CloudStatus;
    return status.droplets.map((droplet) => droplet.name.replace("www-example-com-", "")).sort();
  };
  const deploy = (stack: string, changes: object = {}) =>
    cloud.runWith(
      { SITE_CHANGES: JSON.stringify(changes) },
      ...["cdktf", "deploy", "--auto-approve", "--app", `node --import tsx examples/end-to-end/${stack}.ts`],
    );

  beforeAll(async () => {
    const { stdout } = await cloud.succeed("up", "--port", String(PORT), "--json");
    const up = JSON.parse(stdout) as { hostnames: string[]; certificateAuthority: string };
    siteCalled = (hostname) => new SiteClient(hostname, PORT, readFileSync(up.certificateAuthority, "utf8"));
    site = siteCalled(up.hostnames[0]!);
    await cloud.succeed("push-image", "registry.example.com/demo:1", "--demo");
  });

  afterAll(() => cloud.run("down"));

  /** Asks for a page again and again until `work` is done; what was not answered with 200. */
  async function failuresDuring(work: Promise<unknown>): Promise<{ asked: number; failures: string[] }> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    const failures: string[] = [];
    let asked = 0;
    for (; !isDone; asked++) {
      const outcome = await site.get("/api/entries").then(({ status }) => `${status}`, String);
      if (outcome !== "200") failures.push(outcome);
      await sleep(50);
    }
    await done;
    return { asked, failures };
  }

  test("the tiers join a site that runs, and their nodes report ready through its load balancers", async () => {
    const deployment = deploy("own-tiers");
    const { asked, failures } = await failuresDuring(deployment);
    const deployed = await deployment;
    expect(deployed).toMatchObject({ code: 0 });
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(100);
    for (const node of ["workers-1", "cache-1"])
      expect(deployed.stdout + deployed.stderr).toMatch(new RegExp(`www-example-com-${node}: ready after`));
    const six = ["app-1", "app-2", "load-balancer-1", "load-balancer-2", "web-1", "web-2"];
    expect(await nodes()).toEqual([...six, "workers-1", "cache-1"].sort());
    expect((await site.get("/")).status).toBe(200);
  });

  test("further names lead to the site or show it", async () => {
    expect(await siteCalled("example.com").get("/about?x=1")).toMatchObject({
      status: 301,
      headers: { location: "https://www.example.com/about?x=1" },
    });
    expect(await siteCalled("shop.example.com").get("/api/entries")).toMatchObject({ status: 200 });
  });

  test("a route leads to a tier of its own under its name, and nowhere else", async () => {
    const nodeFor = async (hostname: string) => {
      const { status, headers } = await siteCalled(hostname).get("/api/entries");
      return [status, `${headers["x-app-node"]}`.replace("www-example-com-", "").replace(/\d$/, "")];
    };
    expect(await nodeFor("workers.example.com")).toEqual([200, "workers-"]);
    for (const hostname of ["www.example.com", "shop.example.com"])
      expect(await nodeFor(hostname)).toEqual([200, "app-"]);
    // The demo's own static files are the site's.
    expect((await siteCalled("workers.example.com").get("/about.html")).headers["x-app-node"]).toBeDefined();
  });

  test("a container in a tier of one's own reads and writes the site's database", async () => {
    const ask = "curl -s http://127.0.0.1:8000/api/entries && echo asked";
    const { stdout } = await cloud.succeed("shell", "workers-1", ask);
    expect(stdout).toMatch(/asked\n$/);
    expect(() => JSON.parse(stdout.replace("asked\n", ""))).not.toThrow();
  });

  test("what a flow allows gets through, and nothing else does", async () => {
    const metadata = "http://169.254.169.254/metadata/v1/interfaces/private/0/ipv4/address";
    const address = (await cloud.succeed("shell", "cache-1", "curl", "-s", metadata)).stdout.trim();
    const ask = (node: string) =>
      cloud.run("shell", node, "curl", "-s", "--max-time", "5", `http://${address}:6379/answer`);
    expect((await ask("workers-1")).stdout.trim()).toBe("from the cache");
    expect((await ask("web-1")).code).not.toBe(0);
    expect((await ask("app-1")).code).not.toBe(0);
  });

  test("the same site with one node a tier, no standby and no replica goes on serving", async () => {
    const single = {
      allowSinglePointsOfFailure: true,
      "loadBalancers.nodes": 1,
      "web.nodes": 1,
      "app.nodes": 1,
      "database.nodes": 1,
      "database.readReplicas": 0,
    };
    expect(await deploy("site", single)).toMatchObject({ code: 0 });
    expect(await nodes()).toEqual(["app-1", "load-balancer-1", "web-1"]);
    expect((await site.post("/api/entries", { name: "visitor", message: "hello" })).status).toBeLessThan(400);
    expect((await site.get("/api/entries")).status).toBe(200);
  });
});
