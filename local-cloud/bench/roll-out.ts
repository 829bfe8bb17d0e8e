/**
 * Rolls changes out on a cloud under 100 requests a second and counts those that fail: `npm run bench:roll-out`.
 *
 * usage: roll-out.ts [--change TEXT]... [--running] [--verbose]
 *        --change   only changes whose name contains this; the others are left out
 *        --running  on the cloud that runs already, as main.ts has made it, instead of one of its own
 *        --verbose  prints what cdktf prints
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { LocalCloud } from "../cli/local-cloud";
import { tsxCommand } from "../cli/tsx";
import { StateDirectory } from "../directories";
import { Visitors } from "../faults/visitors";
import { OuterCloud } from "../outer-cloud/outer-cloud";
import { type Change, changes } from "../roll-out/changes";
import type { SiteChanges } from "../roll-out/deployment";
import { rollOut, type RollOut } from "../roll-out/roll-out";
import { describeFailures, MIXED_REQUESTS } from "../roll-out/visits";

const PROJECT = path.join(__dirname, "../..");

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      change: { type: "string", multiple: true },
      running: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const chosen = changes.filter(({ name }) => values.change?.some((text) => name.includes(text)) ?? true);
  const measure = (cloud: LocalCloud) => measureAll(cloud, chosen, values.verbose);
  const all = values.running ? await measure(await LocalCloud.find()) : await onCloudOfItsOwn(measure);
  const sum = (count: (one: RollOut) => number) => all.reduce((total, one) => total + count(one), 0);
  const failed = sum(({ visits }) => visits.failed.length);
  process.stdout.write(`${failed} of ${sum(({ visits }) => visits.requests)} requests failed\n`);
  return all.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

async function measureAll(cloud: LocalCloud, chosen: readonly Change[], verbose: boolean): Promise<RollOut[]> {
  const all: RollOut[] = [];
  let site: SiteChanges = {};
  await using visitors = await Visitors.start(cloud, { requests: MIXED_REQUESTS, limitMs: 30_000 });
  for (const change of chosen) {
    const outcome = await rollOut(cloud, visitors, site, change);
    all.push(outcome);
    process.stdout.write(`${describe(outcome)}\n`);
    if (verbose) process.stdout.write(outcome.output);
    site = { ...site, ...change.set };
  }
  return all;
}

function describe({ change, seconds, visits, droplets, problems }: RollOut): string {
  const { failed, requests, writes, p99, slowest } = visits;
  return [
    `${change}: failed ${failed.length} of ${requests} (${writes} writes), p99 ${p99} ms, slowest ${slowest} ms, ` +
      `deployed in ${seconds.toFixed(0)} s, ${droplets.length} droplets`,
    ...problems.map((problem) => `  ${problem}`),
    ...describeFailures(visits).map((line) => `  ${line}`),
  ].join("\n");
}

async function onCloudOfItsOwn<T>(measure: (cloud: LocalCloud) => Promise<T>): Promise<T> {
  const root = path.join("/var/tmp", `local-cloud-roll-out-${process.pid}`);
  const cli = tsxCommand(path.join(PROJECT, "local-cloud/cli/main.ts"));
  const env = { ...process.env, LOCAL_CLOUD_STATE: root };
  try {
    const up = spawnSync(cli[0]!, [...cli.slice(1), "up", "--port", "18445"], { cwd: PROJECT, env, encoding: "utf8" });
    if (up.status !== 0) throw new Error(`local cloud: does not start:\n${up.stdout}${up.stderr}`);
    const cloud = await LocalCloud.tryFind(new StateDirectory(root));
    if (cloud === undefined) throw new Error("local cloud: ended");
    return await measure(cloud);
  } finally {
    await OuterCloud.destroy(root);
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
