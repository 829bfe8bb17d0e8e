import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { faults, findFault } from "../../rehearsal/faults/catalogue";
import { databaseFaults } from "../../rehearsal/faults/database-catalogue";
import {
  DATABASE_REQUESTS,
  problemsOfDatabase,
  runDatabaseTrial,
  VISIT_LIMIT_MS,
} from "../../rehearsal/faults/database-trial";
import { inflict } from "../../rehearsal/faults/injection";
import { problemsOf } from "../../rehearsal/faults/outcome";
import { PairWatch } from "../../rehearsal/faults/pair-watch";
import { runTrial } from "../../rehearsal/faults/trial";
import { Visitors } from "../../rehearsal/visitors/visitors";
import { LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";

jest.setTimeout(5 * 60_000);

/** Budgets are for a machine of its own; a CI machine has two cores, and not always both. Moves are never excused. */
const SLACK = 2;
const STATE = `/var/tmp/local-cloud-failover-${process.pid}`;
const PORT = 20_000 + ((process.pid + 5000) % 10_000);
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot(`the pair of load balancers under faults${isRoot ? "" : " (skipped: needs root)"}`, () => {
  const operator = new LocalCloudProcess(STATE);
  let cloud: LocalCloud;
  let visitors: Visitors;

  beforeAll(async () => {
    await operator.succeed("up", "--port", String(PORT));
    cloud = (await LocalCloud.tryFind(STATE))!;
    visitors = await Visitors.start(cloud);
  });

  afterAll(async () => {
    await visitors?.[Symbol.asyncDispose]();
    await operator.run("down");
  });

  test("the load balancer without the address hears the other one on every way that it asks", async () => {
    const { reservedIps, droplets } = await cloud.control.status();
    const [{ address, droplet: holder }] = reservedIps as [(typeof reservedIps)[0]];
    const other = droplets.find(({ name }) => name.includes("load-balancer") && name !== holder)!;
    const vpc = droplets.find(({ name }) => name === holder)!.privateAddress;
    const urls = [
      `http://${address}:8404/health`,
      `http://${vpc}:8404/health`,
      "https://www.example.com/.well-known/infrastructure/health",
    ];
    const { stdout } = await operator.succeed("shell", other.name, "curl", "--silent", "--max-time", "30", ...urls);
    expect(stdout.trim().split("\n")).toEqual(urls.map(() => `ok ${holder}`));
  });

  test.each(faults.map((fault) => [fault.name, fault] as const))(
    "%s is survived within its bounds",
    async (_, fault) => {
      const outcome = await runTrial(cloud, visitors, fault);
      expect({ outcome, problems: problemsOf(outcome, fault, SLACK) }).toEqual({ outcome, problems: [] });
    },
  );

  test("a download that is under way when the address is handed over comes to its end", async () => {
    const watch = new PairWatch(cloud);
    await watch.untilSettled(120);
    for (const node of ["web-1", "web-2"])
      await operator.succeed(
        "shell",
        node,
        "sh",
        "-c",
        `yes download | head -c ${DOWNLOAD_BYTES} >/var/www/site/big.txt`,
      );
    const [before] = (await cloud.control.status()).reservedIps;
    const authority = readFileSync(cloud.directory.webAuthority, "utf8");
    const download = readSlowly("/big.txt", authority, async () => {
      await inflict(cloud, findFault("reboot"));
    });
    expect(await download).toBe(DOWNLOAD_BYTES);
    const [after] = (await cloud.control.status()).reservedIps;
    expect(after!.droplet).not.toBe(before!.droplet);
    await watch.untilSettled(120);
  });

  describe("and the database", () => {
    let readersAndWriters: Visitors;

    beforeAll(async () => {
      const load = { perSecond: 20, limitMs: VISIT_LIMIT_MS, requests: DATABASE_REQUESTS };
      readersAndWriters = await Visitors.start(cloud, load);
    });

    afterAll(async () => readersAndWriters?.[Symbol.asyncDispose]());

    test.each(databaseFaults.map((fault) => [fault.name, fault] as const))(
      "%s is survived within its bounds",
      async (_, fault) => {
        const outcome = await runDatabaseTrial(cloud, readersAndWriters, fault, DATABASE_FAILOVER_SECONDS);
        expect({ outcome, problems: problemsOfDatabase(outcome, fault, SLACK) }).toEqual({ outcome, problems: [] });
      },
    );
  });
});

/** DigitalOcean's clusters wait for 10 s at least; what comes after that is the same, and the suite is shorter. */
const DATABASE_FAILOVER_SECONDS = 2;

/** More than the buffers between a web server and a visitor hold. */
const DOWNLOAD_BYTES = 40_000_000;
const DOWNLOAD_SECONDS = 12;

/** How many bytes came, at a steady pace, over one connection; `begun` is called when the first of them are there. */
async function readSlowly(path: string, ca: string, begun: () => Promise<void>): Promise<number> {
  const hostname = "www.example.com";
  const options = { host: "127.0.0.1", port: PORT, servername: hostname, headers: { host: hostname }, path, ca };
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get({ ...options, agent: false }, resolve).on("error", reject),
  );
  const started = Date.now();
  let bytes = 0;
  for await (const chunk of response) {
    if (bytes === 0) await begun();
    bytes += (chunk as Buffer).length;
    await sleep(Math.max(0, started + (bytes / DOWNLOAD_BYTES) * DOWNLOAD_SECONDS * 1000 - Date.now()));
  }
  return bytes;
}
