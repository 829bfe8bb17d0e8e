import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

const PROGRAM = path.resolve(__dirname, "../../../modules/administrator/renew-password");
const TOKEN = "a-token-that-nobody-may-see";
const PASSWORD = "a-password-that-nobody-may-see";
interface Asked {
  readonly line: string;
  readonly authorization?: string;
  readonly body: string;
}

interface Result {
  readonly status: number | null;
  readonly output: string;
  readonly asked: readonly Asked[];
}

/** Runs the program beside an API that gives these answers, one after the other, the last one for ever. */
async function renew(answers: ReadonlyArray<readonly [number, string]>, more: NodeJS.ProcessEnv = {}): Promise<Result> {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const [status, text] = answers[Math.min(asked.length, answers.length - 1)]!;
      asked.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization, body });
      response.writeHead(status, { "content-type": "application/json" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const environment = {
    PATH: process.env.PATH,
    CLUSTER_ID: "9cc10173",
    USER_NAME: "doadmin",
    DIGITALOCEAN_TOKEN: TOKEN,
    DIGITALOCEAN_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    INTERVAL_SECONDS: "0.01",
    ...more,
  };
  try {
    const child = spawn("/bin/sh", [PROGRAM], { env: environment });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { status, output, asked };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const renewed = JSON.stringify({ user: { name: "doadmin", role: "primary", password: PASSWORD } });

test("asks once, with the provider's token, and prints neither token nor password", async () => {
  const { status, output, asked } = await renew([[200, renewed]]);
  expect(asked).toEqual([
    { line: "POST /v2/databases/9cc10173/users/doadmin/reset_auth", authorization: `Bearer ${TOKEN}`, body: "{}" },
  ]);
  expect(output).toMatch(/^administrator doadmin: has another password now: .*\n$/);
  expect(status).toBe(0);
});

test("tries again when the API is busy or fails", async () => {
  const { status, asked } = await renew([
    [429, "{}"],
    [503, "no"],
    [200, renewed],
  ]);
  expect([status, asked.length]).toEqual([0, 3]);
});

test("gives up after six tries, with what the API said", async () => {
  const { status, output, asked } = await renew([[500, '{"message":"out of order"}']]);
  expect([status, asked.length]).toEqual([1, 6]);
  expect(output).toContain(
    'not renewed, and what nodes were given still opens the database: {"message":"out of order"}',
  );
});

test("gives up at once where the token may not, and where there is none", async () => {
  const refused = await renew([[403, '{"message":"You are missing the required permission database:update"}']]);
  expect([refused.status, refused.asked.length]).toEqual([1, 1]);
  expect(refused.output).toContain("database:update");
  const none = await renew([[200, renewed]], { DIGITALOCEAN_TOKEN: "" });
  expect([none.status, none.asked.length]).toEqual([1, 0]);
  expect(none.output).toContain("set DIGITALOCEAN_TOKEN where terraform runs, or keepAdministrator of the database");
});

test("takes the provider's other variable, and says when there is nobody at the address", async () => {
  const other = await renew([[200, renewed]], { DIGITALOCEAN_TOKEN: undefined, DIGITALOCEAN_ACCESS_TOKEN: TOKEN });
  expect([other.status, other.asked[0]?.authorization]).toEqual([0, `Bearer ${TOKEN}`]);
  const nobody = await renew([[200, renewed]], { DIGITALOCEAN_API_URL: "http://127.0.0.1:1" });
  expect([nobody.status, nobody.output]).toEqual([1, expect.stringContaining("still opens the database: curl:")]);
});

describe("without curl", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), "renew-path-"));
    for (const tool of ["cut", "seq", "sleep", "tr"])
      symlinkSync(
        execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(),
        path.join(directory, tool),
      );
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test("fails where there is no python3 either", async () => {
    const { status, output, asked } = await renew([[200, renewed]], { PATH: directory });
    expect([status, asked]).toEqual([2, []]);
    expect(output).toContain("install curl or python3 where terraform runs");
  });

  test("asks with python3", async () => {
    const python = ["-c", "import sys; print(sys.executable)"];
    symlinkSync(execFileSync("python3", python, { encoding: "utf8" }).trim(), path.join(directory, "python3"));
    const { status, output, asked } = await renew(
      [
        [503, "no"],
        [200, renewed],
      ],
      { PATH: directory },
    );
    expect([status, asked.length, asked[1]?.authorization]).toEqual([0, 2, `Bearer ${TOKEN}`]);
    expect(output).not.toContain(PASSWORD);
    const refused = await renew([[403, '{"message":"database:update"}']], { PATH: directory });
    expect([refused.status, refused.output]).toEqual([1, expect.stringContaining('{"message":"database:update"} 403')]);
  });
});
