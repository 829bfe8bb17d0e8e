import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { httpClient } from "../api/http-client";

const root = resolve(__dirname, "../../..");

test("both APIs can be run by hand; the tokens are in a file of its own and not in the output", async () => {
  const directory = await mkdtemp(join(tmpdir(), "serve-apis-"));
  const file = join(directory, "environment");
  const program = spawn(process.execPath, ["--import", "tsx", join(root, "local-cloud/simulation/serve-apis.ts")], {
    cwd: root,
    env: { PATH: process.env["PATH"], ENV_FILE: file, LOG_LEVEL: "silent" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [output] = (await once(program.stdout, "data")) as [Buffer];
    const urls = JSON.parse(output.toString()) as Record<string, string>;
    const environment = Object.fromEntries(
      [...(await readFile(file, "utf8")).matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(output.toString()).not.toContain(environment["DIGITALOCEAN_TOKEN"]);
    const account = httpClient(urls["DIGITALOCEAN_API_URL"] ?? "", environment["DIGITALOCEAN_TOKEN"]);
    expect((await account.call("GET", "/v2/account")).status).toBe(200);
    const zones = httpClient(urls["CLOUDFLARE_BASE_URL"] ?? "", environment["CLOUDFLARE_API_TOKEN"]);
    expect((await zones.call("GET", "/zones")).body.result).toMatchObject([{ id: environment["CLOUDFLARE_ZONE_ID"] }]);
    expect(
      await statusOverHttps(`${environment["DIGITALOCEAN_HTTPS_URL"]}/v2/account`, environment, "DIGITALOCEAN_TOKEN"),
    ).toBe(200);
    expect(
      await statusOverHttps(`${environment["CLOUDFLARE_HTTPS_URL"]}/zones`, environment, "CLOUDFLARE_API_TOKEN"),
    ).toBe(200);
  } finally {
    const ended = once(program, "exit");
    program.kill("SIGTERM");
    await ended;
    await rm(directory, { recursive: true });
  }
}, 30_000);

/** Of a client that trusts the authority whose file is named, and no other. */
async function statusOverHttps(url: string, environment: Record<string, string>, token: string): Promise<number> {
  const ca = await readFile(environment["CERTIFICATE_AUTHORITY"]!);
  return new Promise((resolvePromise, reject) => {
    get(url, { ca, headers: { authorization: `Bearer ${environment[token]}` } }, (answer) => {
      answer.resume();
      resolvePromise(answer.statusCode ?? 0);
    }).on("error", reject);
  });
}
