import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

const PROGRAM = path.resolve(__dirname, "../../../modules/readiness-gate/wait-until-ready");
const TOKEN = "a-token-that-nobody-may-see";
const SETTINGS = { NODE_NAME: "web-1", READINESS_TOKEN: TOKEN, LIMIT_SECONDS: "20", INTERVAL_SECONDS: "0.1" };
const TOOLS = ["sh", "date", "sleep", "sed", "grep", "tr", "tail", "cut", "mktemp", "rm"];

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A directory with nothing but the named programs, to be the whole PATH. */
class Path {
  public readonly directory = mkdtempSync(path.join(os.tmpdir(), "gate-path-"));

  public constructor(programs: Readonly<Record<string, string>>) {
    for (const [name, target] of Object.entries(programs)) symlinkSync(target, path.join(this.directory, name));
  }

  public [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** Where a program really is: what the PATH names may be a wrapper that needs more of the PATH. */
function tryFind(program: string): string | undefined {
  try {
    return program === "python3"
      ? execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim()
      : execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

const tools = Object.fromEntries(TOOLS.map((tool) => [tool, tryFind(tool)!]));

async function listen(server: http.Server | https.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function withServer<T>(answer: Answer, use: (url: string) => Promise<T>): Promise<T> {
  const server = http.createServer(answer);
  try {
    return await use(`http://127.0.0.1:${await listen(server)}/.well-known/infrastructure/nodes/42`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

interface Result {
  readonly status: number | null;
  readonly output: string;
}

async function run(directory: string, environment: Readonly<Record<string, string>>): Promise<Result> {
  const child = spawn(path.join(directory, "sh"), [PROGRAM], {
    env: { PATH: directory, ...SETTINGS, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 100_000,
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, output };
}

/** Of every process of the machine, while the node is being asked. */
function readCommandLines(): string {
  return execFileSync("ps", ["-A", "-ww", "-o", "args"], { encoding: "utf8" });
}

const json = (response: http.ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
};

for (const client of ["curl", "wget", "python3"]) {
  const found = tryFind(client);
  const suite = found === undefined ? describe.skip : describe;
  suite(found === undefined ? `with ${client} (skipped: it is not installed)` : `with ${client}`, () => {
    let only: Path;
    beforeAll(() => (only = new Path({ ...tools, [client]: found! })));
    afterAll(() => only[Symbol.dispose]());

    test("passes when the node says it is ready, and shows the token to the node", async () => {
      const seen: unknown[] = [];
      const answer: Answer = (request, response) => {
        seen.push(request.headers["x-readiness-token"], request.url);
        json(response, 200, { ready: true, note: "seen by nobody", node: "web-1" });
      };
      const result = await withServer(answer, (url) => run(only.directory, { NODE_URL: url }));
      expect(result.output).toMatch(
        /^web-1: waiting at most 20 s, asking with \w+\nweb-1: ready after \d+ s: seen by nobody\n$/,
      );
      expect(result.status).toBe(0);
      expect(seen).toEqual([TOKEN, "/.well-known/infrastructure/nodes/42"]);
    });

    test("shows what the release command printed", async () => {
      const release = 'running the release command\nadded "orders"\nthe release command took 3 s';
      const result = await withServer(
        (_, response) => json(response, 200, { ready: true, release, node: "app-1" }),
        (url) => run(only.directory, { NODE_URL: url }),
      );
      expect(result.status).toBe(0);
      expect(result.output).toMatch(/ready after \d+ s\nweb-1: its release command: running/);
      expect(result.output).toContain(`${release}\n`);
    });

    test("waits while the node says not yet, and tells each state once", async () => {
      let asked = 0;
      const answer: Answer = (_, response) => {
        asked += 1;
        if (asked <= 2) json(response, 503, "cloud-init is running");
        else json(response, 200, '{\n  "ready" : true\n}');
      };
      const result = await withServer(answer, (url) => run(only.directory, { NODE_URL: url }));
      expect(result.status).toBe(0);
      expect(asked).toBe(3);
      expect(result.output.match(/HTTP 503: cloud-init is running/g)).toHaveLength(1);
    });

    test("fails at once with the node's own reason when it will not become ready", async () => {
      const reason = 'unit haproxy.service failed\n  "C:\\path" is ${not} a /file\nlast line';
      const result = await withServer(
        (_, response) => json(response, 200, { ready: false, reason, node: "web-1" }),
        (url) => run(only.directory, { NODE_URL: url }),
      );
      expect(result.status).toBe(1);
      expect(result.output).toContain(`web-1: will not become ready: ${reason}\n`);
      expect(result.output).toMatch(/web-1: its droplet 42 stays, .* takes away whichever it does not need\n$/);
    });

    test("fails when the time is over, with the last state", async () => {
      const result = await withServer(
        (_, response) => json(response, 503, "apt-get is running"),
        (url) => run(only.directory, { NODE_URL: url, LIMIT_SECONDS: "0" }),
      );
      expect(result.status).toBe(1);
      expect(result.output).toMatch(/web-1: not ready after \d+ s, last state: HTTP 503: apt-get is running\n/);
    });

    test("fails when nobody answers, and says so", async () => {
      const server = http.createServer();
      const port = await listen(server);
      await new Promise((resolve) => server.close(resolve));
      const result = await run(only.directory, { NODE_URL: `http://127.0.0.1:${port}/`, LIMIT_SECONDS: "0" });
      expect(result.status).toBe(1);
      expect(result.output).toMatch(/last state: no answer: .{8,}\n/);
    });

    test("fails when the page of the site answers in the place of the node", async () => {
      const result = await withServer(
        (_, response) => json(response, 200, "<html>\n<h1>Welcome</h1>\n"),
        (url) => run(only.directory, { NODE_URL: url, LIMIT_SECONDS: "0" }),
      );
      expect(result.status).toBe(1);
      expect(result.output).toMatch(/last state: HTTP 200, but not from the node: <html>\n/);
    });

    test("shows the token to no other user of the machine", async () => {
      let commandLines = "";
      const answer: Answer = (_, response) => {
        commandLines = readCommandLines();
        json(response, 200, { ready: true });
      };
      const result = await withServer(answer, (url) => run(only.directory, { NODE_URL: url }));
      expect(result.status).toBe(0);
      expect(commandLines).toContain("/.well-known/infrastructure/nodes/42");
      expect(result.output + commandLines).not.toContain(TOKEN);
    });

    const openssl = tryFind("openssl");
    (openssl === undefined ? test.skip : test).each(["SSL_CERT_FILE", "CURL_CA_BUNDLE"])(
      `${openssl === undefined ? "(skipped: openssl is not installed) " : ""}trusts the authority in %s`,
      async (variable) => {
        const directory = mkdtempSync(path.join(os.tmpdir(), "gate-tls-"));
        const key = path.join(directory, "key.pem");
        const certificate = path.join(directory, "certificate.pem");
        const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
        const request = [
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:P-256",
          "-nodes",
          "-days",
          "2",
        ];
        execFileSync(openssl!, [...request, ...subject, "-keyout", key, "-out", certificate], { stdio: "ignore" });
        const read = (file: string) => execFileSync("cat", [file]);
        const server = https.createServer({ key: read(key), cert: read(certificate) }, (_, response) =>
          json(response, 200, { ready: true }),
        );
        const url = `https://127.0.0.1:${await listen(server)}/`;
        const trusting = await run(only.directory, { NODE_URL: url, [variable]: certificate });
        const strange = await run(only.directory, { NODE_URL: url, LIMIT_SECONDS: "0" });
        server.closeAllConnections();
        server.close();
        rmSync(directory, { recursive: true });
        expect(trusting.output).toContain("web-1: ready after");
        expect(strange.status).toBe(1);
        expect(strange.output).toMatch(/no answer: .*certificate/i);
      },
    );
  });
}

describe("without a program that speaks HTTP", () => {
  test("fails at once and says what to install", async () => {
    using only = new Path(tools);
    const result = await run(only.directory, { NODE_URL: "http://127.0.0.1:9/" });
    expect(result.status).toBe(2);
    expect(result.output).toBe(
      "web-1: cannot ask whether the node is ready: install curl, GNU Wget or python3 where terraform runs\n",
    );
  });

  test("fails when the only one is BusyBox's wget, which cannot keep the token to itself", async () => {
    using only = new Path(tools);
    writeFileSync(path.join(only.directory, "wget"), "#!/bin/sh\necho 'BusyBox v1.36.1 multi-call binary.'\n", {
      mode: 0o755,
    });
    const result = await run(only.directory, { NODE_URL: "http://127.0.0.1:9/" });
    expect(result.status).toBe(2);
  });

  test("fails when a setting is missing, and names it", async () => {
    using only = new Path(tools);
    const result = await run(only.directory, {});
    expect(result.status).not.toBe(0);
    expect(result.output).toContain("NODE_URL");
  });
});
