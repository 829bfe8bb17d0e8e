import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tsxCommand } from "../../../programs/tsx-command";
import { examplePem } from "../example-pem";
import { describeWithImage } from "../host-image";
import type { RawAnswer, RawRequest } from "./raw-requests";
import { SiteChain } from "./site-chain";
import type { Site } from "./strangers";

const HOST = "Host: www.example.com";
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n\r\n`;
/** Of the head of a POST whose body one reads as "0", an end and a request, and another as all of that. */
const BOTH_WAYS = `0\r\n\r\n${SMUGGLED}`;

/** A POST of `BOTH_WAYS` with a length, and besides what somebody might take for chunks. */
const withLength = (...lines: string[]) => post(BOTH_WAYS, `Content-Length: ${BOTH_WAYS.length}`, ...lines);
const post = (body: string, ...lines: string[]) =>
  `POST /front HTTP/1.1\r\n${[HOST, ...lines].join("\r\n")}\r\n\r\n${body}`;
const get = (line: string, ...lines: string[]) => `${line}\r\n${lines.join("\r\n")}\r\n\r\n`;
const chunked = (body: string) => post(body, "Transfer-Encoding: chunked");

/** What a proxy or an application might read in another way than the one before it. */
const encodings: Readonly<Record<string, string>> = {
  plain: "Transfer-Encoding: chunked",
  unknown: "Transfer-Encoding: xchunked",
  "in capitals": "TRANSFER-ENCODING: CHUNKED",
  "with a space before the colon": "Transfer-Encoding : chunked",
  "with a tab": "Transfer-Encoding:\tchunked",
  "with a vertical tab": "Transfer-Encoding:\x0bchunked",
  "with NUL": "Transfer-Encoding: chunked\0",
  "with a byte above ASCII": "Transfer-Encoding: chunked\xa0",
  "in quotes": 'Transfer-Encoding: "chunked"',
  "with a parameter": "Transfer-Encoding: chunked;q=1",
  "with a comma": "Transfer-Encoding: ,chunked,",
  "of two kinds": "Transfer-Encoding: identity, chunked",
  "of two kinds, the other way round": "Transfer-Encoding: chunked, identity",
  "gzip first": "Transfer-Encoding: gzip, chunked",
  twice: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  "twice, differently": "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
  folded: "Transfer-Encoding:\r\n chunked",
  "after a fold": "X-Folded: a\r\n Transfer-Encoding: chunked",
  "after a line feed": "X-Line: a\nTransfer-Encoding: chunked",
  "after a carriage return": "X-Line: a\rTransfer-Encoding: chunked",
  "with an underscore": "Transfer_Encoding: chunked",
  "with a line feed in its name": "Transfer-\nEncoding: chunked",
  "with a leading space": " Transfer-Encoding: chunked",
  "named by Connection": "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
};
const lengths: Readonly<Record<string, string>> = {
  "a sign": "+5",
  "a minus": "-5",
  hexadecimal: "0x5",
  "a space in it": "5 5",
  "a list": "5, 5",
  "a list of two": "5, 6",
  "leading zeros": "0000000000000000000005",
  "more than 64 bits": "18446744073709551621",
  empty: "",
  "a vertical tab": "\x0b5",
  NUL: "5\0",
  "a fraction": "5.0",
};
const chunks: Readonly<Record<string, string>> = {
  "an extension": `5;a=b\r\nhello\r\n${BOTH_WAYS}`,
  "an extension with a line feed": `5;a\nhello\r\n${BOTH_WAYS}`,
  "an extension with quotes": `5;a="\r\n"\r\nhello\r\n${BOTH_WAYS}`,
  "a line feed after the size": `5\nhello\r\n${BOTH_WAYS}`,
  "a line feed after the data": `5\r\nhello\n${BOTH_WAYS}`,
  "a carriage return after the size": `5\rhello\r\n${BOTH_WAYS}`,
  "a size with 0x": `0x5\r\nhello\r\n${BOTH_WAYS}`,
  "a size with a sign": `+5\r\nhello\r\n${BOTH_WAYS}`,
  "a size with a space": ` 5\r\nhello\r\n${BOTH_WAYS}`,
  "a size with an underscore": `0_5\r\nhello\r\n${BOTH_WAYS}`,
  "a size of more than 64 bits": `10000000000000005\r\nhello\r\n${BOTH_WAYS}`,
  "no size": `\r\nhello\r\n${BOTH_WAYS}`,
  "more data than its size": `4\r\nhello\r\n${BOTH_WAYS}`,
  "a trailer that is a length": `5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n${SMUGGLED}`,
  "a trailer that is no header": `5\r\nhello\r\n0\r\n${SMUGGLED}`,
};
const lines: Readonly<Record<string, string>> = {
  "two spaces": get("GET  /front HTTP/1.1", HOST),
  "a tab": get("GET\t/front HTTP/1.1", HOST),
  "a space in the path": get("GET /front /smuggled HTTP/1.1", HOST),
  "NUL in the path": get("GET /front\0/smuggled HTTP/1.1", HOST),
  "a fragment": get("GET /front#/smuggled HTTP/1.1", HOST),
  "no version": get("GET /front"),
  "HTTP/1.0, kept": get("GET /front HTTP/1.0", HOST, "Connection: keep-alive") + SMUGGLED,
  "HTTP/2.0": get("GET /front HTTP/2.0", HOST),
  "HTTP/1.10": get("GET /front HTTP/1.10", HOST),
  "a method in small letters": get("get /front HTTP/1.1", HOST),
  "another host in the target": get("GET http://evil.example/front HTTP/1.1", HOST),
  "two hosts": get("GET /front HTTP/1.1", HOST, "Host: evil.example"),
  "two hosts, the other way round": get("GET /front HTTP/1.1", "Host: evil.example", HOST),
  "no host": get("GET /front HTTP/1.1", "Accept: */*"),
  "a host with a path": get("GET /front HTTP/1.1", "Host: www.example.com/smuggled"),
  "a host with a user": get("GET /front HTTP/1.1", "Host: www.example.com@evil.example"),
  "a host with a port that is none": get("GET /front HTTP/1.1", "Host: www.example.com:@evil.example"),
  "a header without a colon": get("GET /front HTTP/1.1", HOST, "X-Header"),
  "a header without a name": get("GET /front HTTP/1.1", HOST, ": value"),
  "a space in a header's name": get("GET /front HTTP/1.1", HOST, "X Header: value"),
  "NUL in a header": get("GET /front HTTP/1.1", HOST, "X-Header: a\0b"),
  "a carriage return in a header": get("GET /front HTTP/1.1", HOST, "X-Header: a\rX-Other: b"),
  "line feeds alone": `GET /front HTTP/1.1\n${HOST}\n\n${SMUGGLED}`,
  "an empty line before it": `\r\n${get("GET /front HTTP/1.1", HOST)}`,
  "a body of GET": `${get("GET /front HTTP/1.1", HOST, `Content-Length: ${SMUGGLED.length}`)}${SMUGGLED}`,
  "an upgrade that is none":
    get(
      "GET /front HTTP/1.1",
      HOST,
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAAQAAP__",
    ) + SMUGGLED,
  CONNECT: get("CONNECT www.example.com:443 HTTP/1.1", HOST) + SMUGGLED,
  "the target *": get("OPTIONS * HTTP/1.1", HOST),
};

const h1: RawRequest[] = [
  ...named("a length and an encoding", encodings, (line) => withLength(line)),
  ...named("an encoding and a length", encodings, (line) =>
    post(BOTH_WAYS, line, `Content-Length: ${BOTH_WAYS.length}`),
  ),
  ...named("an encoding", encodings, (line) => post(BOTH_WAYS, line)),
  ...named("a length", lengths, (length) => post(`hello${SMUGGLED}`, `Content-Length: ${length}`)),
  ...named("a length, and another one", lengths, (length) =>
    post(`hello${SMUGGLED}`, "Content-Length: 5", `Content-Length: ${length}`),
  ),
  ...named("a chunk", chunks, chunked),
  ...named("a request line or header", lines, (request) => request),
].map((one) => ({ ...one, protocol: "http/1.1" }));

function named(kind: string, values: Readonly<Record<string, string>>, request: (value: string) => string) {
  return Object.entries(values).map(([name, value]) => ({ name: `${kind}: ${name}`, bytes: request(value) }));
}

const pseudo = { ":method": "POST", ":scheme": "https", ":authority": "www.example.com", ":path": "/front" };
const h2Fields: Readonly<Record<string, ReadonlyArray<readonly [string, string]>>> = {
  "an encoding": fields({ "transfer-encoding": "chunked" }),
  "an encoding and a length": fields({ "transfer-encoding": "chunked", "content-length": `${BOTH_WAYS.length}` }),
  "a length that is shorter": fields({ "content-length": "5" }),
  "a length that is longer": fields({ "content-length": "5000" }),
  "two lengths": [...fields({ "content-length": "5" }), ["content-length", `${BOTH_WAYS.length}`]],
  "a header in a value": fields({ "x-header": "a\r\nTransfer-Encoding: chunked" }),
  "a line feed in a value": fields({ "x-header": "a\nTransfer-Encoding: chunked" }),
  "NUL in a value": fields({ "x-header": "a\0b" }),
  "a header in a name": fields({ "x-header: a\r\ntransfer-encoding": "chunked" }),
  "a colon in a name": fields({ "x:header": "a" }),
  "capitals in a name": fields({ "Transfer-Encoding": "chunked" }),
  "a request in the method": fields({ ":method": "GET /smuggled HTTP/1.1\r\nHost: www.example.com\r\n\r\nGET" }),
  "a request in the path": fields({ ":path": `/front HTTP/1.1\r\n${HOST}\r\n\r\nGET /smuggled` }),
  "a space in the path": fields({ ":path": "/front HTTP/1.1 /smuggled" }),
  "no path": fields({ ":path": "" }),
  "a path that is no path": fields({ ":path": "smuggled" }),
  "another host": fields({ host: "evil.example" }),
  "a line feed in the authority": fields({ ":authority": "www.example.com\r\nX-Header: a" }),
  "two paths": [...fields({}), [":path", "/smuggled"]],
  "a pseudo-header at the end": [...fields({ "x-header": "a" }), [":path", "/smuggled"]],
  "connection headers": fields({ connection: "x-request-id, transfer-encoding", "keep-alive": "5", upgrade: "h2c" }),
};

function fields(more: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> {
  return Object.entries({ ...pseudo, ...more });
}

/** RFC 9113, 4.1: length, type, flags, stream. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** RFC 7541, 6.2.2: literals that nobody keeps, without Huffman's code. */
function headerBlock(all: ReadonlyArray<readonly [string, string]>): Buffer {
  const literal = (value: string) => {
    const bytes = Buffer.from(value, "latin1");
    if (bytes.length >= 127) throw new Error("longer than one byte can say");
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  return Buffer.concat(all.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function h2Request(all: ReadonlyArray<readonly [string, string]>): string {
  const [end, endOfHeaders] = [1, 4];
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(4, 0, 0, Buffer.alloc(0)),
    frame(1, endOfHeaders, 1, headerBlock(all)),
    frame(0, end, 1, Buffer.from(BOTH_WAYS)),
  ]).toString("latin1");
}

const h2 = Object.entries(h2Fields).map(([name, all]): RawRequest => ({
  name: `HTTP/2: ${name}`,
  protocol: "h2",
  bytes: h2Request(all),
}));

const all = [...h1, ...h2].map((one, index) => ({ ...one, bytes: numbered(one.bytes, index) }));

/** With paths of its own, as long as before. */
function numbered(text: string, index: number): string {
  const number = `${index}`.padStart(3, "0");
  return text.replaceAll("/smuggled", `/smugg${number}`).replaceAll("/front", `/fr${number}`);
}

/** Lines that are about one request of `all`, by its index; "POST /front", "GET /smuggled". */
function byRequest(lines: ReadonlyArray<readonly [method: string, target: string]>): string[][] {
  const found = all.map((): string[] => []);
  for (const [method, target] of lines) {
    const [, name, index] = /^\/(fr|smugg)(\d{3})/.exec(target) ?? [];
    if (name !== undefined) found[Number(index)]!.push(`${method} ${name === "fr" ? "/front" : "/smuggled"}`);
  }
  // Nginx logs a request when it has ended, which may be after the next one has.
  return found.map((requests) => requests.sort());
}

/** What all read alike, and the visitor may therefore have passed on: the form is odd, its meaning is not. */
const PASSED_ON = [
  ...[
    "plain",
    "in capitals",
    "with a tab",
    "folded",
    "after a fold",
    "after a line feed",
    "with an underscore",
    "named by Connection",
  ].flatMap((name) =>
    ["a length and an encoding", "an encoding and a length", "an encoding"].map((kind) => `${kind}: ${name}`),
  ),
  ...["a length", "a length, and another one"].flatMap((kind) => [`${kind}: a list`, `${kind}: leading zeros`]),
  ...["an extension", "a trailer that is a length"].map((name) => `a chunk: ${name}`),
  ...[
    "two spaces",
    "a tab",
    "HTTP/1.0, kept",
    "HTTP/2.0",
    "line feeds alone",
    "an empty line before it",
    "a body of GET",
  ].map((name) => `a request line or header: ${name}`),
  "a request line or header: an upgrade that is none",
  // Nginx refuses it, and the request after it is one of its own.
  "a request line or header: CONNECT",
  "HTTP/2: another host",
];

describeWithImage("requests that one proxy may read in another way than the next", () => {
  let chain: SiteChain;
  let answers: readonly RawAnswer[];
  beforeAll(async () => {
    chain = await SiteChain.start(join(__dirname, "http-app.py"));
    answers = send(all);
    // What it has logged, Nginx writes within a second.
    await sleep(2000);
  }, 120_000);
  afterAll(() => chain?.[Symbol.asyncDispose]());

  function send(requests: readonly RawRequest[]): RawAnswer[] {
    const client = { cert: examplePem.certificate, key: examplePem.privateKey };
    const site: Site = { hostname: "www.example.com", at: chain.origin, client };
    const command = tsxCommand(join(__dirname, "raw-requests.ts"));
    const argv = [`--net=${chain.networkNamespace}`, ...command, JSON.stringify(site)];
    const output = execFileSync("nsenter", argv, { input: JSON.stringify(requests), encoding: "utf8" });
    return output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RawAnswer);
  }

  /** Lines of a file of the web node. */
  const lines = (file: string) => readFileSync(chain.web.path(file), "utf8").split("\n").filter(Boolean);

  /** What the web node's Nginx was asked and has not refused itself. */
  function seenByNginx(): string[][] {
    const log = lines("/var/log/nginx/access.log").map((line) => JSON.parse(line) as Record<string, string>);
    return byRequest(log.filter(({ status }) => Number(status) !== 400).map(({ method, uri }) => [method!, uri!]));
  }

  function seenByApplication(): string[][] {
    const arrivals = lines("/srv/arrivals").map((line) => line.split(" "));
    return byRequest(arrivals.map(([, method, target]) => [method!, target!]));
  }

  test("are the same to all of them", () => {
    const [nginx, application] = [seenByNginx(), seenByApplication()];
    expect(nginx).toEqual(application);
    const answered = new Map(answers.map(({ name, statuses }) => [name, statuses.filter((status) => status === 200)]));
    expect(answered.size).toBe(all.length);
    // Of HTTP/2 the answers are not read.
    const differ = h1.filter(({ name }, index) => answered.get(name)!.length !== nginx[index]!.length);
    expect(differ.map(({ name }) => name)).toEqual([]);
  });

  test("are refused where their form leaves two readings", () => {
    const application = seenByApplication();
    const passedOn = all.filter((_, index) => application[index]!.length > 0).map(({ name }) => name);
    expect(passedOn.sort()).toEqual([...PASSED_ON].sort());
  });

  test("hide no request in the body of another one", () => {
    const application = seenByApplication();
    const both = all.filter((_, index) => application[index]!.includes("GET /smuggled")).map(({ name }) => name);
    // A length and chunks: the body ends with its chunks for all of them, and the connection with the answer.
    expect(both.filter((name) => /^(a length and an encoding|an encoding and a length|HTTP\/2)/.test(name))).toEqual(
      [],
    );
    expect(both).not.toContain("a request line or header: a body of GET");
    expect(both.length).toBeGreaterThan(10);
  });
});
