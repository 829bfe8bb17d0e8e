// What every driver's program in JavaScript says and does; see drivers.ts.
import { setTimeout as sleep } from "node:timers/promises";

const [CLIENTS, STATEMENTS, WORKERS] = [12, 50, 4];
export const TLS = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
export const SERVER = "select host(inet_server_addr()) as server";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function attempt(work) {
  try {
    return { answer: await work() };
  } catch (error) {
    const text = error.message || error.errors?.[0]?.message || error.code || String(error);
    return { error: `${error.code ?? error.name}: ${text.trim().split("\n").at(-1)}` };
  }
}

export function expect(seen, wanted) {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`got ${one}, not ${other}`);
}

/** `ask` returns what the server made of number and text; every second client asks in another way. */
export async function askAtOnce(ask) {
  const client = async (own) => {
    for (let turn = 0; turn < STATEMENTS; turn++) {
      const [number, text] = [own * STATEMENTS + turn, `text ${own} ${turn}`];
      expect(await ask(own % 2, number, text), { number, text });
    }
  };
  const results = await Promise.all(Array.from({ length: CLIENTS }, (_, own) => attempt(() => client(own))));
  const failed = results.filter(({ error }) => error !== undefined);
  if (failed.length > 0) throw new Error(`${failed.length} of ${CLIENTS} clients: ${failed[0].error}`);
}

export async function main({ checks, write, read }) {
  const mode = process.argv[2];
  if (mode === "check") {
    for (const [check, work] of Object.entries(checks)) say({ check, ...(await attempt(work)) });
    process.exit();
  }
  let stopped = false;
  const worker = async (own) => {
    for (let number = 1; !stopped; number++) {
      const result = await attempt(() => (mode === "write" ? write(own, number) : read()));
      say({ worker: own, number, ...result });
      await sleep(result.error === undefined ? 20 : 100);
    }
  };
  for (let own = 0; own < WORKERS; own++) void worker(own);
  process.stdin.once("data", async () => {
    stopped = true;
    // Whoever is in the middle of something has a second for it.
    await sleep(1000);
    process.exit();
  });
}
