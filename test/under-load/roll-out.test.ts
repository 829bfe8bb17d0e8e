import { readFileSync } from "node:fs";
import { LocalCloud } from "../../local-cloud/cli/local-cloud";
import { StateDirectory } from "../../local-cloud/directories";
import { Visitors } from "../../local-cloud/faults/visitors";
import { changes } from "../../local-cloud/roll-out/changes";
import type { SiteChanges } from "../../local-cloud/roll-out/deployment";
import { rollOut, type RollOut } from "../../local-cloud/roll-out/roll-out";
import { describeFailures, MIXED_REQUESTS } from "../../local-cloud/roll-out/visits";
import { eventually } from "../end-to-end/eventually";
import { LocalCloudProcess } from "../end-to-end/local-cloud-process";
import { SiteClient } from "../end-to-end/site-client";

jest.setTimeout(15 * 60_000);

const STATE = `/var/tmp/local-cloud-roll-out-${process.pid}`;
const PORT = 40_000 + (process.pid % 10_000);
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot(`changes under 100 requests a second${isRoot ? "" : " (skipped: needs root)"}`, () => {
  const command = new LocalCloudProcess(STATE);
  let cloud: LocalCloud;
  let visitors: Visitors;
  let site: SiteChanges = {};
  let client: SiteClient;

  beforeAll(async () => {
    await command.succeed("up", "--port", String(PORT));
    cloud = (await LocalCloud.tryFind(new StateDirectory(STATE)))!;
    client = new SiteClient("www.example.com", PORT, readFileSync(cloud.directory.webAuthority, "utf8"));
    visitors = await Visitors.start(cloud, { requests: MIXED_REQUESTS, limitMs: 30_000 });
  });

  afterAll(() => command.run("down"));

  /** Rolls out a change of the list; fails when a request failed, or cdktf did not do what it should. */
  async function roll(name: string): Promise<RollOut> {
    const change = changes.find((one) => one.name === name)!;
    const outcome = await rollOut(cloud, visitors, site, change);
    site = { ...site, ...change.set };
    expect([...outcome.problems, ...describeFailures(outcome.visits)]).toEqual([]);
    return outcome;
  }

  test("a new environment of the application reaches every visitor", async () => {
    await roll("app: new environment");
  });

  test("a new configuration of the web servers reaches every visitor", async () => {
    await roll("web: new configuration");
  });

  test("new load balancers take the address over before the old ones stop", async () => {
    const before = (await cloud.control.reservedIpMoves()).length;
    await roll("load balancers: new configuration");
    expect((await cloud.control.reservedIpMoves()).length).toBeGreaterThan(before);
  });

  test("fails when a node does not boot, says which and why, and takes away nothing that serves", async () => {
    const { droplets } = await roll("web: a configuration that nginx refuses");
    expect(droplets.filter((name) => name.includes("-web-"))).toHaveLength(3);
  });

  test("the next good deployment repairs", async () => {
    const { droplets } = await roll("web: repaired");
    expect(droplets).toHaveLength(6);
  });

  test("every write that was answered is in the database, and once", async () => {
    await visitors[Symbol.asyncDispose]();
    const written = visitors.between(0, Date.now()).filter(({ status }) => status === 201).length;
    const entries = await eventually("all entries on a replica", 10, async () => {
      const status = JSON.parse((await client.get("/api/status")).body) as { entries: number };
      return status.entries >= written ? status.entries : undefined;
    });
    expect(entries).toBe(written);
  });
});
