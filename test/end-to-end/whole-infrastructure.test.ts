import path from "node:path";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { CloudStatus } from "../../local-cloud/control/cloud-status";
import { OuterCloud } from "../../local-cloud/outer-cloud/outer-cloud";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { tryRunProgram } from "../../programs/run-program";
import { waitUntil } from "../../programs/wait-until";
import { type Row, agrees } from "../../rehearsal/reach/compare";
import { isRunning, tryIdentifyProcess } from "../../local-cloud/outer-cloud/process-identity";
import { eventually } from "./eventually";
import { LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";
import { SiteClient } from "./site-client";

jest.setTimeout(15 * 60_000);

const STATE = `/var/tmp/local-cloud-end-to-end-${process.pid}`;
const PORT = 20_000 + (process.pid % 10_000);
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot(`the whole infrastructure on the local cloud${isRoot ? "" : " (skipped: needs root)"}`, () => {
  const cloud = new LocalCloudProcess(STATE);
  let site: SiteClient;

  const status = async () => JSON.parse((await cloud.succeed("status", "--json")).stdout) as CloudStatus;

  beforeAll(async () => {
    const { stdout } = await cloud.succeed("up", "--port", String(PORT), "--json");
    const up = JSON.parse(stdout) as { hostnames: string[]; certificateAuthority: string };
    site = new SiteClient(up.hostnames[0]!, PORT, readFileSync(up.certificateAuthority, "utf8"));
  });

  afterAll(() => cloud.run("down"));

  test("the page shows which nodes served it", async () => {
    const page = await site.get("/");
    expect(page.status).toBe(200);
    const names = (await status()).droplets.map((droplet) => droplet.name);
    for (const header of ["x-load-balancer", "x-web-node", "x-app-node"]) expect(names).toContain(page.headers[header]);
    expect(page.body).toContain(String(page.headers["x-app-node"]));
  });

  test("static content is served by the web nodes without asking the app", async () => {
    const page = await site.get("/");
    const asset = /(?:href|src)="(\/[^"]+\.css)"/.exec(page.body)?.[1];
    const answer = await site.get(asset!);
    expect(answer.status).toBe(200);
    expect(answer.headers["x-web-node"]).toBeDefined();
    expect(answer.headers["x-app-node"]).toBeUndefined();
  });

  test("ten writes and a hundred reads succeed, spread over all web nodes, app nodes and replicas", async () => {
    for (let i = 0; i < 10; i++)
      expect((await site.post("/api/entries", { name: "visitor", message: `entry ${i}` })).status).toBeLessThan(400);
    const seen = { web: new Set(), app: new Set(), database: new Set() };
    for (let i = 0; i < 100; i++) {
      const answer = await site.get("/api/entries");
      expect(answer.status).toBe(200);
      for (const [tier, names] of Object.entries(seen)) names.add(answer.headers[`x-${tier}-node`]);
    }
    const { droplets } = await status();
    const nodesOf = (tier: string) =>
      new Set(droplets.map(({ name }) => name).filter((name) => name.includes(`-${tier}-`)));
    // The app knows a database node by the host name that it connects to.
    const replicas = [...seen.database].map((host) => /-postgres-(replica-\d)-/.exec(String(host))?.[1]);
    expect({ ...seen, database: new Set(replicas) }).toEqual({
      web: nodesOf("web"),
      app: nodesOf("app"),
      database: new Set(["replica-1", "replica-2"]),
    });
    expect([seen.web.size, seen.app.size, seen.database.size]).toEqual([2, 2, 2]);
  });

  test("what was written is read back", async () => {
    const message = `written at ${Date.now()}`;
    await site.post("/api/entries", { name: "visitor", message });
    await eventually("the entry on a replica", 60, async () =>
      (await site.get("/api/entries")).body.includes(message) ? true : undefined,
    );
  });

  test("a second plan changes nothing", async () => {
    const { stdout } = await cloud.succeed("cdktf", "diff");
    expect(stripVTControlCharacters(stdout)).toContain("No changes. Your infrastructure matches the configuration.");
  });

  test("clients of the vendors' APIs find the local ones under the vendors' names, over HTTPS", async () => {
    const ask =
      'curl -sf -H "Authorization: Bearer $DIGITALOCEAN_ACCESS_TOKEN" https://api.digitalocean.com/v2/droplets';
    const { stdout } = await cloud.succeed("exec", "sh", "-c", ask);
    expect(JSON.parse(stdout).meta.total).toBe((await status()).droplets.length);
  });

  test("who reaches whom is what follows from the synthesized stack, and nothing else gets through", async () => {
    const reach = path.join(PROJECT_DIRECTORY, "rehearsal/reach/main.ts");
    const { stdout, stderr } = await tryRunProgram(["node", "--import", "tsx", reach, "--json"], {
      environment: { ...process.env, LOCAL_CLOUD_STATE: STATE },
      timeoutSeconds: 120,
    });
    if (stdout === "") throw new Error(stderr);
    const { rows } = JSON.parse(stdout) as { readonly rows: readonly Row[] };
    expect(rows.filter((row) => !agrees(row))).toEqual([]);
    const ways = rows.map(({ from, to, protocol }) => `${from} ${to} ${protocol}`.replace(/www-example-com-/g, ""));
    expect(ways).toEqual(
      expect.arrayContaining([
        "Cloudflare load-balancer tcp",
        "web app tcp",
        "app postgres tcp",
        "web any address icmp",
      ]),
    );
  });

  test("the site answers again after the active load balancer loses power", async () => {
    const before = (await site.get("/")).headers["x-load-balancer"] as string;
    await cloud.succeed("power-off", before);
    const after = await eventually("an answer from the other load balancer", 30, async () => {
      const answer = await site.get("/", 1_000);
      return answer.status === 200 ? (answer.headers["x-load-balancer"] as string) : undefined;
    });
    expect(after).not.toBe(before);
    expect((await status()).reservedIps.map((ip) => ip.droplet)).toEqual([after]);
    await cloud.succeed("power-on", before);
  });

  test("a container takes the demo's place after its release command, and no visitor notices", async () => {
    const image = "registry.example.com/demo:1";
    await cloud.succeed("push-image", image, "--demo");
    let deploying = true;
    const visits = visitWhile(() => deploying);
    // The demo's own files, which a container does not bring.
    const directory = path.join(__dirname, "../../cloud-init/web/demo-site");
    const set = {
      "app.application": { kind: "container", image, releaseCommand: python(migrate) },
      "web.staticContent": { kind: "directory", directory },
    };
    const changes = { SITE_CHANGES: JSON.stringify(set) };
    const app = "node --import tsx examples/end-to-end/site.ts";
    const deployed = await cloud.runWith(changes, "cdktf", "deploy", "--auto-approve", "--app", app);
    deploying = false;
    expect(deployed).toMatchObject({ code: 0 });
    const ended = await visits;
    expect(ended.filter((visit) => !/^(200|201) /.test(visit))).toEqual([]);
    // Some before, some after: new nodes have the names of the old ones.
    expect(ended.length).toBeGreaterThan(20);
    for (const node of ["app-1", "app-2"]) {
      const { stdout } = await cloud.succeed("shell", node, "podman", "ps", "--format", "{{.Names}} {{.Image}}");
      expect(stdout.trim()).toBe(`app ${image}`);
    }
    const { stdout } = await cloud.succeed("shell", "app-2", "podman", "exec", "app", ...python(countMigrations));
    expect(stdout).toBe("1\n");
  });

  const python = (lines: readonly string[]) => ["/usr/bin/python3", "-c", lines.join("\n")];
  const migrate = [
    "import os, psycopg",
    'with psycopg.connect(os.environ["DATABASE_URL"]) as connection:',
    '    connection.execute("create table if not exists migrated (at timestamptz default now())")',
    '    connection.execute("insert into migrated default values")',
  ];
  const countMigrations = [
    "import os, psycopg",
    'with psycopg.connect(os.environ["DATABASE_URL"]) as connection:',
    '    print(connection.execute("select count(*) from migrated").fetchone()[0])',
  ];

  /** Writes and reads, one after the other, and tells how each ended and which node of the app answered. */
  async function visitWhile(goesOn: () => boolean): Promise<string[]> {
    const visits: string[] = [];
    while (goesOn()) {
      const message = `written during visit ${visits.length}`;
      const write = visits.length % 4 === 0;
      const visit = write ? site.post("/api/entries", { name: "visitor", message }) : site.get("/api/entries");
      const began = new Date().toISOString();
      const tell = ({ status, headers, body }: Awaited<typeof visit>) =>
        `${status} ${headers["x-app-node"]}${status < 400 ? "" : ` ${write ? "write" : "read"} at ${began}: ${body.slice(0, 300)}`}`;
      visits.push(await visit.then(tell, String));
    }
    return visits;
  }

  test("fails to destroy while the guards are up, and names what they protect", async () => {
    const { code, stdout, stderr } = await cloud.run("cdktf", "destroy", "--auto-approve");
    expect(code).not.toBe(0);
    const output = stripVTControlCharacters(stdout + stderr);
    const guarded = [...output.matchAll(/Resource (\w+)\.\S+ \([^)]*\) has\s/g)].map(([, type]) => type);
    // Terraform does not come as far as the cluster, which what is in it keeps.
    expect(new Set(guarded)).toEqual(
      new Set([
        "digitalocean_database_db",
        "digitalocean_database_firewall",
        "digitalocean_reserved_ip",
        "terraform_data",
        "tls_self_signed_cert",
      ]),
    );
    expect((await site.get("/")).status).toBe(200);
  });

  test("with the guards lifted on purpose, destroy leaves nothing in the account", async () => {
    const lifted = await cloud.runWith({ DELETION_PROTECTION: "off" }, "cdktf", "destroy", "--auto-approve");
    expect(lifted.stdout + lifted.stderr).toContain("Destroy complete!");
    const left = await status();
    expect({ droplets: left.droplets, databases: left.databases, objects: left.objects }).toEqual({
      droplets: [],
      databases: [],
      objects: {},
    });
  });

  test("down leaves no file and no process", async () => {
    const running = (await (await LocalCloud.tryFind(STATE))!.processes()).flatMap(
      (pid) => tryIdentifyProcess(pid) ?? [],
    );
    // So that what is looked for below is there before: the daemon and the loopback forwarder at least.
    expect(running.length).toBeGreaterThan(5);
    expect(processesNaming(STATE).length).toBeGreaterThan(1);
    await cloud.succeed("down");
    expect(existsSync(STATE)).toBe(false);
    const gone = await cloud.run("status", "--json");
    expect(JSON.parse(gone.stdout)).toEqual({ running: false });
    expect(await OuterCloud.leftovers(STATE)).toEqual([]);
    // They leave their cgroups a moment before they are gone.
    await waitUntil("end of every process", 60, () => !running.some(isRunning));
    expect(processesNaming(STATE)).toEqual([]);
  });
});

/** Processes of this machine that have a text in their command line or their environment. */
function processesNaming(text: string): string[] {
  const read = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return ""; // It has ended in the meantime.
    }
  };
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => read(pid, "cmdline").includes(text) || read(pid, "environ").includes(text))
    .map((pid) => `${pid}: ${read(pid, "cmdline").replaceAll("\0", " ")}`);
}
