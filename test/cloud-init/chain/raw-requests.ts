/**
 * Sends bytes as they are, each on a TLS connection of its own, and waits until the other side has nothing more to say. For
 * each a line of JSON: { "name", "statuses": [of the answers] }; of HTTP/2 they are not read.
 *
 * usage: raw-requests.ts SITE < REQUESTS      SITE and REQUESTS in JSON, types `Site` and `RawRequest`
 */
import { text } from "node:stream/consumers";
import tls from "node:tls";
import type { Site } from "./strangers";

export interface RawRequest {
  readonly name: string;
  readonly protocol: "http/1.1" | "h2";
  /** Each character is a byte. */
  readonly bytes: string;
}

export interface RawAnswer {
  readonly name: string;
  readonly statuses: readonly number[];
}

/** Longer than an answer takes on a machine that is busy; nothing says that there will be no other one. */
const SILENCE_MS = 700;
const AT_A_TIME = 8;

async function main(): Promise<void> {
  const site = JSON.parse(process.argv[2]!) as Site;
  const left = JSON.parse(await text(process.stdin)) as RawRequest[];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      process.stdout.write(`${JSON.stringify(await send(site, one))}\n`);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

function send(site: Site, { name, protocol, bytes }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const { hostname, at, client } = site;
    const options = { ...at, ...client, servername: hostname, rejectUnauthorized: false, ALPNProtocols: [protocol] };
    const socket = tls.connect(options, () => socket.write(Buffer.from(bytes, "latin1")));
    let received = "";
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on("data", (data: Buffer) => (received += data.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      const statuses = [...received.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((match) => Number(match[1]));
      resolve({ name, statuses });
    });
  });
}

void main();
