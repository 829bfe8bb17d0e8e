import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";
import { PostgresPair } from "../cloud-init/app/postgres-pair";
import { SiteChain } from "../cloud-init/chain/site-chain";
import { examplePem } from "../cloud-init/example-pem";
import { ImageSandbox, waitUntil } from "../cloud-init/image-sandbox";

const CONFIGURATIONS = path.join(__dirname, "configurations");
/** Of files below /var/www/site. */
const FILES = { "small.txt": 1024, "large.txt": 102_400 } as const;
/** Two app nodes answer for every candidate. */
const APP_ADDRESSES = ["10.10.0.5", "10.10.0.6"];

/** One way to bring requests to the same applications. */
export interface Candidate {
  readonly name: "ours" | "tutorial" | "caddy" | "limit";
  /** Where requests come in; with TLS a client certificate is asked for. */
  readonly ports: { readonly tls?: number; readonly clear: number };
  /** What its processes run in, by a name for people. */
  readonly sandboxes: ReadonlyMap<string, ImageSandbox>;
}

/** All candidates and what is behind them, on one network without a way out. */
export class Candidates implements AsyncDisposable {
  /** `app`: the program of the applications. `caddy`: Caddy's program, where there is one. */
  static async start(app: string, caddy: string | undefined): Promise<Candidates> {
    const chain = await SiteChain.start(app, {
      web: [{}, {}],
      apps: 2,
      change: (file, text) =>
        file === "load-balancer:/etc/haproxy/haproxy.cfg"
          ? text.replace(/^ {4}bind :443 .*$/m, "$&\n    bind :81")
          : text,
    });
    const candidates = new Candidates(chain);
    try {
      await candidates.prepareDatabase();
      const webNodes = [chain.web, chain.secondWeb!];
      for (const node of webNodes) await writeSite(node);
      const ours = [
        ["load-balancer", chain.loadBalancer],
        ["web-1", webNodes[0]!],
        ["web-2", webNodes[1]!],
      ] as const;
      candidates.all.push({ name: "ours", ports: { tls: 443, clear: 81 }, sandboxes: new Map(ours) });
      const tutorial = await candidates.startProxies("tutorial");
      candidates.all.push({
        name: "tutorial",
        ports: { tls: 1443, clear: 1081 },
        sandboxes: new Map([["tutorial", tutorial]]),
      });
      if (caddy !== undefined) {
        const balancer = await candidates.startCaddy(caddy);
        candidates.all.push({
          name: "caddy",
          ports: { tls: 2443, clear: 2081 },
          sandboxes: new Map([
            ["caddy", balancer],
            ["tutorial", tutorial],
          ]),
        });
      }
      const limit = await candidates.startProxies("limit");
      candidates.all.push({ name: "limit", ports: { clear: 3081 }, sandboxes: new Map([["limit", limit]]) });
      for (const { name, ports } of candidates.all)
        await waitUntil(`${name} answers`, async () => (await candidates.ask(ports.clear)) === FILES["small.txt"]);
      return candidates;
    } catch (error) {
      await candidates[Symbol.asyncDispose]();
      throw error;
    }
  }

  readonly all: Candidate[] = [];
  private readonly started: ImageSandbox[] = [];

  private constructor(private readonly chain: SiteChain) {}

  /** Of all candidates, and of what is behind them. */
  get sandboxes(): ImageSandbox[] {
    return [this.chain.loadBalancer, this.chain.web, this.chain.secondWeb!, ...this.started];
  }

  get networkNamespace(): string {
    return this.chain.networkNamespace;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sandbox of this.started) await sandbox[Symbol.asyncDispose]();
    await this.chain[Symbol.asyncDispose]();
  }

  /** Where the applications look for it. */
  private async prepareDatabase(): Promise<void> {
    const sandbox = await this.startSandbox("database");
    const database = await PostgresPair.start(sandbox);
    await database.sql(
      "site",
      "create table entries (id serial primary key, text text); grant all on entries, entries_id_seq to app",
    );
    await database.sql("site", "insert into entries (text) values ('first')");
  }

  private async startProxies(name: "tutorial" | "limit"): Promise<ImageSandbox> {
    const sandbox = await this.startSandbox(name);
    for (const file of ["haproxy.cfg", "nginx.conf"])
      await sandbox.write([
        { path: `/srv/${file}`, content: await readFile(path.join(CONFIGURATIONS, name, file), "utf8") },
      ]);
    await writeSite(sandbox);
    sandbox.spawn(["nginx", "-c", "/srv/nginx.conf"]);
    sandbox.spawn(["haproxy", "-db", "-f", "/srv/haproxy.cfg"]);
    return sandbox;
  }

  private async startCaddy(program: string): Promise<ImageSandbox> {
    const sandbox = await this.startSandbox("caddy");
    await copyFile(program, sandbox.path("/srv/caddy"));
    const content = await readFile(path.join(CONFIGURATIONS, "caddy/Caddyfile"), "utf8");
    await sandbox.write([{ path: "/srv/Caddyfile", content }]);
    sandbox.spawn(["/srv/caddy", "run", "--config", "/srv/Caddyfile", "--adapter", "caddyfile"]);
    return sandbox;
  }

  private async startSandbox(name: string): Promise<ImageSandbox> {
    const sandbox = await ImageSandbox.start(name, this.chain.web);
    this.started.push(sandbox);
    const { certificate, privateKey } = examplePem;
    await sandbox.write([
      { path: "/srv/site.pem", content: `${certificate}${privateKey}` },
      { path: "/srv/site.key", content: privateKey },
      { path: "/srv/client-authority.pem", content: certificate },
    ]);
    return sandbox;
  }

  /** How long an answer is. */
  private async ask(port: number): Promise<number> {
    const { body } = await this.chain.web.request(`http://${APP_ADDRESSES[0]}:${port}/small.txt`, {
      headers: { Host: "www.example.com" },
    });
    return body.length;
  }
}

function writeSite(sandbox: ImageSandbox): Promise<void> {
  const files = Object.entries(FILES).map(([name, size]) => ({
    path: `/var/www/site/${name}`,
    content: "static content\n".repeat(Math.ceil(size / 15)).slice(0, size),
  }));
  return sandbox.write(files);
}
