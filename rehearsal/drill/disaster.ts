import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { cdktfCommand } from "../../local-cloud/client/operator";
import { tsxCommand } from "../../programs/tsx-command";
import { waitUntil } from "../../programs/wait-until";
import { checkHistory, type Verdict } from "../ledger/check-history";
import { Ledger } from "../ledger/ledger";
import { siteTarget } from "../ledger/ledger-target";
import { CHANGED_SITE, Deployment } from "../roll-out/deployment";
import { secondSite, secondStack } from "./second-site";

export interface DisasterOptions {
  /** How long entries are written before the region is lost. */
  readonly seconds: number;
  /** Told what goes on. */
  readonly say: (line: string) => void;
}

export interface Disaster extends Verdict {
  /** ISO 8601. */
  readonly lostAt: string;
  /** Of the second site. */
  readonly deploymentSeconds: number;
  /** What went wrong when the first site was destroyed, a line each. */
  readonly leftovers: readonly string[];
}

const WRITERS = { clients: 4, writesPerSecond: 20, limitMs: 3000 };
const ZONE = "023e105f4ecef8ad9ca31a8372d0c353";
const POWER_LIMIT_SECONDS = 60;
const WRITE_LIMIT_SECONDS = 120;
const BACK_LIMIT_SECONDS = 120;
const DESTROY_LIMIT_SECONDS = 600;
const WELL_AGAIN = 100;

/**
 * Loses the region of a site while visitors write, makes a second site in another region from the backups, as
 * docs/region-lost.md says, and takes what is left of the first one away.
 */
export async function disaster(cloud: LocalCloud, { seconds, say }: DisasterOptions): Promise<Disaster> {
  const directory = mkdtempSync(path.join(tmpdir(), "disaster-"));
  const name = `disaster ${Date.now()}`;
  const { address } = await siteTarget(cloud);
  try {
    const historyFile = path.join(directory, "history.jsonl");
    await using ledger = await Ledger.start(cloud, { target: address, name, historyFile, ...WRITERS });
    say(`visitors write for ${seconds} s`);
    await sleep(seconds * 1000);
    const at = await loseRegion(cloud);
    const lostAt = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
    ledger.noteFailure({ at, what: "region" });
    say(`${lostAt}: every droplet and database server has lost its power`);
    const deploymentSeconds = await moveSite(cloud, new URL(address).hostname, lostAt, say);
    await ledger.until(
      "entries on the second site",
      WRITE_LIMIT_SECONDS,
      () => ledger.acknowledgedSince(at) > WELL_AGAIN,
    );
    say("visitors write again; the region comes back, and the first site is destroyed");
    const movedAt = Date.now();
    const destroyed = await destroyFirstSite(cloud);
    await ledger.stop();
    const content = await (await siteTarget(cloud)).readContent(ledger, name);
    const leftovers = [...destroyed, ...findDisturbed(ledger, movedAt)];
    return { ...checkHistory(ledger.history, content), lostAt, deploymentSeconds, leftovers };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Everything is in one region. Backups are not on any of these machines. Resolves to when the last one was off. */
async function loseRegion({ control }: LocalCloud): Promise<number> {
  const { droplets, databases } = await control.status();
  await Promise.all([
    ...databases.map(({ node }) => control.operateDatabase(node, { kind: "power", to: "off" })),
    ...droplets.map(({ id }) => control.power(id, "power-off")),
  ]);
  await waitUntil("droplets that are off", POWER_LIMIT_SECONDS, async () =>
    (await control.status()).droplets.every(({ status }) => status === "off"),
  );
  return Date.now();
}

/** Takes the name from the first site and gives it to a second one. */
async function moveSite(cloud: LocalCloud, hostname: string, at: string, say: (line: string) => void): Promise<number> {
  say(`${hostname} is taken out of its zone, and a second site is deployed`);
  const program = tsxCommand(path.join(__dirname, "remove-records.ts"));
  const removed = await cloud.runAsOperator([...program, ZONE, hostname]);
  if (removed.status !== 0) throw new Error(`remove-records: ${removed.stderr.trim()}`);
  const { code, output, seconds } = await (await Deployment.start(cloud, secondSite(at), secondStack)).ended;
  if (code !== 0) throw new Error(`cdktf: must succeed, got exit status ${code}\n${output}`);
  say(`deployed in ${seconds.toFixed(0)} s`);
  return seconds;
}

/** With the state that it has left. Its droplets stay off; without its database servers nothing of them can be taken away. */
async function destroyFirstSite(cloud: LocalCloud): Promise<string[]> {
  const { databases } = await cloud.control.status();
  for (const { node, power } of databases)
    if (power === "off") await cloud.control.operateDatabase(node, { kind: "power", to: "on" });
  await waitUntil("database servers that are back", BACK_LIMIT_SECONDS, async () =>
    (await cloud.control.status()).databases.every(({ running }) => running),
  );
  const command = cdktfCommand(cloud.directory, ["destroy", "--auto-approve", "--app", CHANGED_SITE]);
  const argv = ["env", "DELETION_PROTECTION=off", ...command];
  const { status, stdout, stderr } = await cloud.runAsOperator(argv, DESTROY_LIMIT_SECONDS);
  return status === 0 ? [] : [`cdktf destroy: ended with status ${status}`, stdout, stderr];
}

/** Visitors of the second site who were not served since then. */
function findDisturbed(ledger: Ledger, since: number): string[] {
  const failed = ledger.history.filter(
    (record) => record.kind === "write" && record.began >= since && record.outcome !== "acknowledged",
  );
  return failed.length > 0 ? [`${failed.length} writes failed while the first site was destroyed`] : [];
}
