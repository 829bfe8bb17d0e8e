import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { faults } from "./catalogue";
import { databaseFaults } from "./database-catalogue";
import { inflictOnDatabase, undoOnDatabase } from "./database-injection";
import type { DatabaseFault, DatabaseOutage, Fault } from "./fault";
import { inflict, isInEffect, undo } from "./injection";
import { prepareFault } from "./trial";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { renderTable } from "../../programs/table";
import { runMain, UserError } from "../../programs/user-error";

const USAGE = "./run local fault NAME [NODE] [--for SECONDS | --undo] [--json], or fault --list [--json]";

/**
 * `fault NAME [NODE]`: makes a fault on a load balancer, the one that holds the reserved IP if none is named, or on the
 * database. It lasts until `fault NAME --undo`, or as long as `--for` says.
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
    await undoAny(cloud, chosen);
    print(values.json, { fault: name, undone: true }, `${name}: undone`);
    return 0;
  }
  if (await isInEffect(cloud, chosen))
    throw new UserError(`fault ${name}: is in effect; end it first with: ./run local fault ${name} --undo`);
  if (node !== undefined && isAboutDatabase(chosen))
    throw new UserError(`fault ${name}: says itself which nodes of the database it is about, got ${node}`);
  const { target, at } = await inflictAny(cloud, chosen, node);
  if (seconds !== undefined) {
    await sleep(seconds * 1000);
    await undoAny(cloud, chosen);
  }
  const remedy = chosen.undoneBy ?? `undo it with: ./run local fault ${name} --undo`;
  const ended = seconds === undefined ? remedy : "undone";
  print(values.json, { fault: name, target, at, undone: seconds !== undefined }, `${name} on ${target}; ${ended}`);
  return 0;
}

async function inflictAny(cloud: LocalCloud, fault: Fault | DatabaseFault, node: string | undefined) {
  if (isAboutDatabase(fault)) return { target: "the database", at: await inflictOnDatabase(cloud, fault) };
  const droplet = node === undefined ? undefined : (await cloud.findDroplet(node)).id;
  if (fault.prepare !== undefined) await prepareFault(cloud, fault, droplet);
  const { target, at } = await inflict(cloud, fault, droplet);
  return { target: (await cloud.findDroplet(String(target))).name, at };
}

function undoAny(cloud: LocalCloud, fault: Fault | DatabaseFault): Promise<void> {
  return isAboutDatabase(fault) ? undoOnDatabase(cloud, fault) : undo(cloud, fault);
}

function list(json: boolean): number {
  if (json) {
    const plain = faults.map(({ name, sentence, expect }) => ({ name, sentence, expect }));
    const ofDatabase = databaseFaults.map(({ name, sentence, visitors }) => ({ name, sentence, visitors }));
    process.stdout.write(`${JSON.stringify({ faults: plain, databaseFaults: ofDatabase })}\n`);
    return 0;
  }
  const rows = faults.map(({ name, sentence, expect }) => [
    name,
    expect.moves,
    expect.outageSeconds === 0 ? "none" : `${expect.outageSeconds} s`,
    sentence,
  ]);
  const databaseRows = databaseFaults.map(({ name, sentence, visitors: { reads, writes } }) => [
    name,
    describeOutage(reads),
    describeOutage(writes),
    sentence,
  ]);
  process.stdout.write(`${renderTable(["FAULT", "MOVES", "OUTAGE", ""], rows)}\n\n`);
  process.stdout.write(`${renderTable(["FAULT", "READS FAIL", "WRITES FAIL", ""], databaseRows)}\n`);
  return 0;
}

function describeOutage(outage: DatabaseOutage): string {
  if (typeof outage === "string") return outage;
  return outage === 0 ? "none" : `${outage} s`;
}

function isAboutDatabase(fault: Fault | DatabaseFault): fault is DatabaseFault {
  return "visitors" in fault;
}

function find(name: string): Fault | DatabaseFault {
  const known: ReadonlyArray<Fault | DatabaseFault> = [...faults, ...databaseFaults];
  const fault = known.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  throw new UserError(`fault: must be one of ${known.map((one) => one.name).join(", ")}, got "${name}"`);
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
