import { readFileSync } from "node:fs";
import path from "node:path";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { tsxCommand } from "../../programs/tsx-command";
import { Visitors } from "../../rehearsal/visitors/visitors";
import { type Change, findChange } from "../../rehearsal/roll-out/changes";
import type { SiteChanges } from "../../rehearsal/roll-out/deployment";
import { rollOut, type RollOut } from "../../rehearsal/roll-out/roll-out";
import { describeFailures, MIXED_REQUESTS } from "../../rehearsal/visitors/visits";
import { eventually } from "../end-to-end/eventually";
import { LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";
import { SiteClient } from "../end-to-end/site-client";

jest.setTimeout(15 * 60_000);

const PROJECT = path.join(__dirname, "../..");
const STATE = `/var/tmp/local-cloud-roll-out-${process.pid}`;
const PORT = 12_000 + (process.pid % 10_000);
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

/** The changes that matter most, each roll-out as small as it can be; `npm run bench:roll-out` has all of them. */
describeAsRoot(`changes under 100 requests a second${isRoot ? "" : " (skipped: needs root)"}`, () => {
  const command = new LocalCloudProcess(STATE);
  let cloud: LocalCloud;
  let visitors: Visitors;
  let site: SiteChanges = {};
  let client: SiteClient;

  beforeAll(async () => {
    await command.succeed("up", "--port", String(PORT));
    cloud = (await LocalCloud.tryFind(STATE))!;
    client = new SiteClient("www.example.com", PORT, readFileSync(cloud.directory.webAuthority, "utf8"));
    visitors = await Visitors.start(cloud, { requests: MIXED_REQUESTS, limitMs: 30_000 });
  });

  afterAll(() => command.run("down"));

  /** Rolls out changes at once; fails when a request failed, or cdktf did not do what it should. */
  async function roll(...names: string[]): Promise<RollOut> {
    const change = names
      .map(findChange)
      .reduce((all, one): Change => ({ ...all, ...one, set: { ...all.set, ...one.set }, name: names.join(" + ") }));
    const outcome = await rollOut(cloud, visitors, site, change);
    site = { ...site, ...change.set };
    expect([...outcome.problems, ...describeFailures(outcome.visits)]).toEqual([]);
    return outcome;
  }

  test("new load balancers, with a new certificate, take the address over before the old ones stop", async () => {
    const { moves } = await roll("load balancers: new configuration", "origin certificate: rotated");
    expect(moves).toBeGreaterThan(0);
  });

  test("fails when a node does not boot, says which and why, and takes away nothing that serves", async () => {
    const { droplets } = await roll("web: a configuration that nginx refuses");
    expect(droplets.filter((name) => name.includes("-web-"))).toHaveLength(3);
  });

  test("the next good deployment repairs, and gets on when a node that serves is lost meanwhile", async () => {
    const { droplets } = await roll("web: repaired", "app: an old node is lost meanwhile");
    expect(droplets).toHaveLength(6);
  });

  test("terraform killed in the middle leaves a droplet that the orphan report names, and the next deployment goes on", async () => {
    const { droplets } = await roll("app: terraform killed in the middle, then again");
    expect(droplets).toHaveLength(7);
    const report = await cloud.runAsOperator(orphanReport(cloud), 120);
    expect(report).toMatchObject({ status: 3, stdout: expect.stringContaining("www-example-com-app-1") });
  });

  test("every write that was answered is in the database, and once", async () => {
    await visitors[Symbol.asyncDispose]();
    const writes = visitors.between(0, Date.now()).filter(({ request }) => request.startsWith("POST "));
    const written = writes.filter(({ status }) => status === 201).length;
    const entries = await eventually("all entries on a replica", 60, async () => {
      const status = JSON.parse((await client.get("/api/status")).body) as { entries: number };
      return status.entries >= written ? status.entries : undefined;
    });
    // A node that lost power may have written what it could not answer any more.
    expect(entries).toBeLessThanOrEqual(writes.length);
  });
});

/** `npm run orphans`, with the providers of the local cloud. */
function orphanReport(cloud: LocalCloud): string[] {
  const program = (file: string) => tsxCommand(path.join(PROJECT, file));
  return [
    ...program("provider-bridge/with-providers.ts"),
    ...program("tools/orphans/main.ts"),
    "--output",
    cloud.directory.synthesized,
  ];
}
