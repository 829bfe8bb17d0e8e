import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Tier, type WebInfrastructure, type WebInfrastructureProps } from "../../modules";
import { needsTerraform } from "../provider-bridge/needs-terraform";
import { SimulatedClouds } from "../provider-bridge/simulated-clouds";
import { TerraformProject } from "../provider-bridge/terraform-project";
import { synthesizeSite } from "./synthesized";

/**
 * Stands for curl and for the node it asks: ready at once, unless a file beside it says that the node of this name is
 * broken, and why.
 */
const CURL = `#!/bin/sh
cat >/dev/null
broken="$(dirname "$0")/broken-$NODE_NAME"
if [ -e "$broken" ]; then
  printf '{"ready": false, "reason": "%s"}\\n200' "$(cat "$broken")"
else
  printf '{"ready": true}\\n200'
fi
`;

const TOKENS = {
  failover_token: `dop_v1_${"a".repeat(64)}`,
  discovery_token: `dop_v1_${"b".repeat(64)}`,
  database_token: `dop_v1_${"c".repeat(64)}`,
};

/** What a release is recognized by; another one changes the user-data of every tier. */
const revision = (text: string): Partial<WebInfrastructureProps> => {
  const files = [{ path: "/etc/revision", content: `${text}\n` }];
  return { loadBalancers: { extraFiles: files }, web: { extraFiles: files }, app: { extraFiles: files } };
};

needsTerraform("a roll-out with the real terraform on simulated clouds", () => {
  const bin = mkdtempSync(path.join(os.tmpdir(), "roll-out-"));
  const systemPath = process.env.PATH;
  let cloud: SimulatedClouds;
  let project: TerraformProject;

  beforeAll(async () => {
    writeFileSync(path.join(bin, "curl"), CURL, { mode: 0o755 });
    process.env.PATH = `${bin}:${systemPath}`;
    cloud = await SimulatedClouds.start();
    project = await TerraformProject.start(cloud.environment, cloud.environment);
  });

  afterAll(async () => {
    process.env.PATH = systemPath;
    await project?.[Symbol.asyncDispose]();
    await cloud?.[Symbol.asyncDispose]();
    rmSync(bin, { recursive: true });
  });

  /** Makes the project's configuration what our constructs say. */
  async function configure(
    props: Partial<WebInfrastructureProps>,
    extend?: (site: WebInfrastructure) => void,
  ): Promise<void> {
    const { terraform: _, "//": __, variable, ...sections } = JSON.parse(synthesizeSite(props, extend).text);
    const given = Object.entries(TOKENS).map(([name, value]) => [name, { ...variable[name], default: value }]);
    await project.configure({ ...sections, variable: Object.fromEntries(given) });
  }

  async function dropletNames(): Promise<string[]> {
    const { droplets } = await cloud.digitalOcean("GET", "/v2/droplets?per_page=200");
    return droplets.map(({ name }: { name: string }) => name.replace("www-example-com-", "")).sort();
  }

  const NODES = ["app-1", "app-2", "load-balancer-1", "load-balancer-2", "web-1", "web-2"];

  test("the first apply creates everything, and a second one would change nothing", async () => {
    await configure(revision("1"));
    const run = await project.apply();
    expect(run.output).toContain("www-example-com-web-1: ready after ");
    expect(run.code).toBe(0);
    expect(await dropletNames()).toEqual(NODES);
    expect(await project.plannedActions()).toEqual({});
  });

  /** What happened to the nodes of some tiers, in its order: `new web-1`, `web-1 ready`, `old web-1 goes`. */
  function eventsOf(output: string, ...tiers: readonly string[]): string[] {
    const address = `(digitalocean_droplet|terraform_data)\\.site_(${tiers.join("|")})_(\\d)(?:_gate)?_[0-9A-F]{8}`;
    const event = new RegExp(`^${address}(?: \\(deposed object \\w+\\))?: (Creation complete|Destroying)`, "gm");
    return [...output.matchAll(event)]
      .filter(([, type, , , what]) => type === "digitalocean_droplet" || what === "Creation complete")
      .map(([, type, tier, id, what]) => {
        const node = `${tier}-${id}`;
        return what === "Destroying" ? `old ${node} goes` : type === "terraform_data" ? `${node} ready` : `new ${node}`;
      });
  }
  const replaced = (tier: string) =>
    [`new ${tier}-1`, `${tier}-1 ready`, `new ${tier}-2`, `${tier}-2 ready`].concat(gone(tier));
  const gone = (tier: string) => [`old ${tier}-2 goes`, `old ${tier}-1 goes`];

  test("every node of a tier is new and ready before an old one goes", async () => {
    await configure(revision("2"));
    const run = await project.apply();
    expect(run.code).toBe(0);
    for (const tier of ["load-balancer", "web", "app"]) expect(eventsOf(run.output, tier)).toEqual(replaced(tier));
    expect(await dropletNames()).toEqual(NODES);
    expect(await project.plannedActions()).toEqual({});
  });

  test("fails with the node's own reason, and keeps every old node, when a new one does not become ready", async () => {
    writeFileSync(path.join(bin, "broken-www-example-com-web-1"), "nginx.service failed: no such directive");
    await configure(revision("3"));
    const run = await project.apply();
    expect(run.code).not.toBe(0);
    expect(run.output).toContain(
      "www-example-com-web-1: will not become ready: nginx.service failed: no such directive",
    );
    expect((await dropletNames()).filter((name) => name.startsWith("web"))).toEqual(["web-1", "web-1", "web-2"]);
  });

  test("the next good revision ends with the nodes that there should be", async () => {
    rmSync(path.join(bin, "broken-www-example-com-web-1"));
    await configure(revision("4"));
    expect((await project.apply()).code).toBe(0);
    expect(await dropletNames()).toEqual(NODES);
    expect(await project.plannedActions()).toEqual({});
  });

  test("another size replaces the nodes of its tier and nothing else", async () => {
    await configure({ ...revision("4"), web: { ...revision("4").web, size: "s-2vcpu-2gb" } });
    const actions = await project.plannedActions();
    const short = Object.fromEntries(
      Object.entries(actions).map(([address, action]) => [address.slice(0, -9), action]),
    );
    expect(short).toEqual({
      "digitalocean_droplet.site_web_1": "create+delete",
      "digitalocean_droplet.site_web_2": "create+delete",
      "terraform_data.site_web_1_gate": "create+delete",
      "terraform_data.site_web_2_gate": "create+delete",
      "terraform_data.site_web_size": "create+delete",
    });
  });

  test("one node more adds that node and its gate, and touches no other", async () => {
    await configure({ ...revision("4"), web: { ...revision("4").web, nodes: 3 } });
    const actions = await project.plannedActions();
    const short = Object.fromEntries(
      Object.entries(actions).map(([address, action]) => [address.slice(0, -9), action]),
    );
    expect(short).toEqual({ "digitalocean_droplet.site_web_3": "create", "terraform_data.site_web_3_gate": "create" });
  });

  test("one replica more replaces no node", async () => {
    await configure({ ...revision("4"), database: { readReplicas: 3 } });
    const run = await project.apply();
    expect(run.code).toBe(0);
    expect(eventsOf(run.output, "app", "web", "load-balancer")).toEqual([]);
    expect(await project.plannedActions()).toEqual({});
  });

  const routed = (image: string) => (site: WebInfrastructure) =>
    new Tier(site, "api", { workload: { kind: "container", image: `ghcr.io/acme/api:${image}`, healthPath: "/up" } });
  const routes = { web: { routes: [{ path: "/api", tier: "api" }] }, database: { readReplicas: 3 } };

  test("a tier and its route come in one deployment: web nodes that know the route come when the tier is ready", async () => {
    await configure({ ...revision("4"), ...routes }, routed("1"));
    const run = await project.apply();
    expect(run.code).toBe(0);
    expect(eventsOf(run.output, "api", "web")).toEqual([
      ...["new api-1", "api-1 ready", "new api-2", "api-2 ready"],
      ...replaced("web"),
    ]);
    expect(eventsOf(run.output, "load-balancer")).toEqual(replaced("load-balancer"));
    expect(eventsOf(run.output, "app")).toEqual([]);
    expect(await project.plannedActions()).toEqual({});
  });

  test("a change of a tier with a route replaces its nodes, and no others", async () => {
    await configure({ ...revision("4"), ...routes }, routed("2"));
    const run = await project.apply();
    expect(run.code).toBe(0);
    expect(eventsOf(run.output, "api", "web", "load-balancer", "app")).toEqual(replaced("api"));
  });

  test("web nodes that know a route stay as long as its tier cannot be replaced", async () => {
    writeFileSync(path.join(bin, "broken-www-example-com-api-1"), "app.service failed");
    const props = { ...revision("5"), ...routes };
    await configure({ ...props, web: { ...props.web, maximumBodyMib: 50 } }, routed("3"));
    const run = await project.apply();
    expect(run.code).not.toBe(0);
    expect(run.output).toContain("www-example-com-api-1: will not become ready: app.service failed");
    expect(eventsOf(run.output, "web")).toEqual([]);
    rmSync(path.join(bin, "broken-www-example-com-api-1"));
    await configure({ ...revision("4"), ...routes }, routed("4"));
    expect((await project.apply()).code).toBe(0);
  });

  test("a tier and its route go in one deployment: first the web nodes that know the route, then the tier", async () => {
    await configure({ ...revision("4"), database: { readReplicas: 3 } });
    const run = await project.apply();
    expect(run.code).toBe(0);
    expect(eventsOf(run.output, "api", "web")).toEqual([...replaced("web"), ...gone("api")]);
    expect(await dropletNames()).toEqual(NODES);
    expect(await project.plannedActions()).toEqual({});
  });

  test("fails to destroy what is protected, and nothing is gone", async () => {
    const run = await project.destroy();
    expect(run.code).not.toBe(0);
    expect(run.output).toContain("Instance cannot be destroyed");
    expect(await dropletNames()).toEqual(NODES);
  });

  test("destroys everything with DELETION_PROTECTION=off", async () => {
    process.env.DELETION_PROTECTION = "off";
    await configure({ ...revision("4"), database: { readReplicas: 3 } });
    delete process.env.DELETION_PROTECTION;
    const run = await project.destroy();
    expect(run.code).toBe(0);
    expect(await dropletNames()).toEqual([]);
    expect(await project.addresses()).toEqual([]);
  });
});
