import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { faults, findFault } from "./catalogue";
import type { Fault } from "./fault";
import { inflict, isInEffect, undo } from "./injection";
import { prepareFault } from "./trial";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { renderTable } from "../../programs/table";
import { runMain, UserError } from "../../programs/user-error";

const USAGE = "./run local fault NAME [NODE] [--for SECONDS | --undo] [--json], or fault --list [--json]";

/**
 * `fault NAME [NODE]`: makes a fault on a load balancer, the one that holds the reserved IP if none is named. It lasts
 * until `fault NAME --undo`, or as long as `--for` says.
 */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: "boolean", default: false },
      undo: { type: "boolean", default: false },
      for: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [name, node] = positionals;
  if (values.list) return list(values.json);
  if (name === undefined) throw new UserError(`fault: which one? usage: ${USAGE}`);
  const chosen = find(name);
  const seconds = values.for === undefined ? undefined : parseSeconds(values.for);
  const cloud = await LocalCloud.find();
  if (values.undo) {
    await undo(cloud, chosen);
    print(values.json, { fault: name, undone: true }, `${name}: undone`);
    return 0;
  }
  if (await isInEffect(cloud, chosen))
    throw new UserError(`fault ${name}: is in effect; end it first with: ./run local fault ${name} --undo`);
  const droplet = node === undefined ? undefined : (await cloud.findDroplet(node)).id;
  if (chosen.prepare !== undefined) await prepareFault(cloud, chosen, droplet);
  const made = await inflict(cloud, chosen, droplet);
  const target = (await cloud.findDroplet(String(made.target))).name;
  if (seconds !== undefined) {
    await sleep(seconds * 1000);
    await undo(cloud, chosen);
  }
  const remedy = chosen.undoneBy ?? `undo it with: ./run local fault ${name} --undo`;
  const ended = seconds === undefined ? remedy : "undone";
  print(
    values.json,
    { fault: name, target, at: made.at, undone: seconds !== undefined },
    `${name} on ${target}; ${ended}`,
  );
  return 0;
}

function list(json: boolean): number {
  if (json) {
    const plain = faults.map(({ name, sentence, expect }) => ({ name, sentence, expect }));
    process.stdout.write(`${JSON.stringify({ faults: plain })}\n`);
    return 0;
  }
  const rows = faults.map(({ name, sentence, expect }) => [
    name,
    expect.moves,
    expect.outageSeconds === 0 ? "none" : `${expect.outageSeconds} s`,
    sentence,
  ]);
  process.stdout.write(`${renderTable(["FAULT", "MOVES", "OUTAGE", ""], rows)}\n`);
  return 0;
}

function find(name: string): Fault {
  try {
    return findFault(name);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3600))
    throw new UserError(`--for: must be a number of seconds above 0 and up to 3600, got "${text}"`);
  return seconds;
}

function print(json: boolean, value: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}

runMain(main, 2);
