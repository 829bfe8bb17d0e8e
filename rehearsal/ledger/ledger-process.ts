/**
 * Clients that write a ledger at a steady pace, each one entry after the other, and a reader that looks at the primary
 * again and again. Prints records of the history (history.ts), a line each, as they come about.
 *
 * usage: ledger-process.ts TARGET NAME CLIENTS WRITES_PER_SECOND LIMIT_MS
 *        TARGET     https://… of the demo application, the name of a cluster in DigitalOcean's account, or a file with the
 *                   way to a server (PsqlTarget as JSON), from /
 *        NAME       whom the demo's guest book shows as the writer
 *        LIMIT_MS   how long a client waits for its answer
 *
 * On the line `stop` it ends writing; on the line `content` it prints what is there: {"kind":"content","entries":[…]}, of
 * a cluster. It ends when its standard input does.
 */
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { connectionTo, findCluster } from "./account-clusters";
import { type EntryId, type HistoryRecord, type Write, entryOf } from "./history";
import { HttpWriter } from "./http-writer";
import { prepareTable, readTable, tryReadEntries, writeEntry } from "./ledger-table";
import { type Answer, PsqlSession, type PsqlTarget } from "./psql-session";

const [target, name, clientsText, rateText, limitText] = process.argv.slice(2);
if (target === undefined || name === undefined || limitText === undefined)
  throw new Error("usage: ledger-process.ts TARGET NAME CLIENTS WRITES_PER_SECOND LIMIT_MS");
const clients = Number(clientsText);
const paceMs = (1000 * clients) / Number(rateText);
const limitMs = Number(limitText);

/** Between attempts to connect, and after a refusal. */
const PAUSE_MS = 200;
const READ_INTERVAL_MS = 100;
/** Of each read: those acknowledged last, and some of all. */
const RECENT = 40;
const OLDER = 40;
const PREPARE_LIMIT_MS = 30_000;

let stopping = false;
const acknowledged: EntryId[] = [];

function print(record: HistoryRecord | { kind: "stopped" } | { kind: "content"; entries: EntryId[] }): void {
  process.stdout.write(`${JSON.stringify(record)}\n`);
}

/** A way in, for one client. `tryWrite` is undefined while there is no connection: then nothing was sent. */
interface Writer {
  tryWrite(entry: EntryId): Promise<Answer | undefined>;
  close(): void;
}

class PsqlWriter implements Writer {
  private session: PsqlSession | undefined;

  constructor(private readonly cluster: PsqlTarget) {}

  async tryWrite(entry: EntryId): Promise<Answer | undefined> {
    if (this.session === undefined || this.session.ended)
      this.session = await PsqlSession.tryOpen(this.cluster, limitMs);
    const answer = this.session && (await writeEntry(this.session, entry, limitMs));
    // A server that refuses may be a standby by now: the name is looked up anew.
    if (answer?.outcome === "refused") this.close();
    return answer;
  }

  close(): void {
    this.session?.close();
    this.session = undefined;
  }
}

async function write(client: number, writer: Writer): Promise<void> {
  const outcomes = { answered: "acknowledged", refused: "refused", lost: "unknown" } as const;
  let due = Date.now();
  for (let sequence = 1; !stopping;) {
    const began = Date.now();
    const entry = entryOf({ client, sequence });
    const answer = await writer.tryWrite(entry);
    if (answer !== undefined) {
      const outcome = outcomes[answer.outcome];
      const record: Write = { kind: "write", client, sequence, began, ended: Date.now(), outcome };
      print(answer.outcome === "answered" ? record : { ...record, problem: answer.problem });
      if (outcome === "acknowledged") acknowledged.push(entry);
      sequence++;
    }
    // After a pause nothing is made up for: the pace is that of people, not of a queue.
    due = Math.max(due + paceMs, Date.now() - paceMs);
    await sleep(answer?.outcome === "answered" ? Math.max(0, due - Date.now()) : PAUSE_MS);
  }
  writer.close();
}

async function read(cluster: PsqlTarget): Promise<void> {
  let session: PsqlSession | undefined;
  while (!stopping) {
    if (session === undefined || session.ended) session = await PsqlSession.tryOpen(cluster, limitMs);
    const asked = [...new Set([...acknowledged.slice(-RECENT), ...pickSome(OLDER)])];
    if (session !== undefined && asked.length > 0) {
      const began = Date.now();
      const there = await tryReadEntries(session, asked, limitMs);
      if (there === undefined) session.close();
      else
        print({ kind: "read", began, ended: Date.now(), asked, missing: asked.filter((entry) => !there.has(entry)) });
    }
    await sleep(READ_INTERVAL_MS);
  }
  session?.close();
}

function pickSome(count: number): EntryId[] {
  if (acknowledged.length === 0) return [];
  return Array.from({ length: count }, () => acknowledged[Math.floor(Math.random() * acknowledged.length)]!);
}

async function main(to: string, writer: string): Promise<void> {
  const cluster = await findServer(to);
  if (cluster !== undefined) {
    const session = await requireSession(cluster);
    await prepareTable(session, PREPARE_LIMIT_MS);
    session.close();
  }
  const open = (): Writer => (cluster ? new PsqlWriter(cluster) : new HttpWriter(to, writer, limitMs));
  const work = Array.from({ length: clients }, (_, index) => write(index + 1, open()));
  if (cluster !== undefined) work.push(read(cluster));
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "stop") {
      stopping = true;
      await Promise.all(work);
      print({ kind: "stopped" });
    } else if (line === "content" && cluster !== undefined) {
      const session = await requireSession(cluster);
      print({ kind: "content", entries: await readTable(session, PREPARE_LIMIT_MS) });
      session.close();
    }
  }
  stopping = true;
  await Promise.all(work);
}

/** Undefined for a site. */
async function findServer(to: string): Promise<PsqlTarget | undefined> {
  if (to.startsWith("https://")) return undefined;
  if (to.startsWith("/")) return JSON.parse(readFileSync(to, "utf8")) as PsqlTarget;
  return connectionTo(await findCluster(to), tmpdir());
}

async function requireSession(cluster: PsqlTarget): Promise<PsqlSession> {
  const session = await PsqlSession.tryOpen(cluster, PREPARE_LIMIT_MS);
  if (session === undefined) throw new Error(`${cluster.host}: cannot be reached`);
  return session;
}

main(target, name).catch((error: unknown) => {
  process.stderr.write(`ledger: ${(error as Error).message}\n`);
  process.exit(1);
});
