import { readFileSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostFile } from "../../../cloud-init/host-file";
import { loadBalancerFiles } from "../../../cloud-init/load-balancer/user-data";
import { otherTagKey } from "../../../cloud-init/other-tags";
import { tiersOf } from "../../../cloud-init/web/routes";
import { type WebContents, webFiles } from "../../../cloud-init/web/user-data";
import { locationCommand, renderEdge } from "../../../local-cloud/edge/edge-location";
import { renderHostnames } from "../../../local-cloud/edge/hostnames-configuration";
import { cloudflareLimits } from "../../../local-cloud/edge/limits";
import { certificateFiles, renderOrigins } from "../../../local-cloud/edge/origins-configuration";
import { startAppNode } from "../app-node";
import { writeDiscoveredNodes } from "../discovered-nodes";
import { exampleLoadBalancer, exampleWeb } from "../example-hosts";
import { examplePem } from "../example-pem";
import { ImageSandbox, type SandboxProcess, waitUntil } from "../image-sandbox";

const HOSTNAME = "www.example.com";
/** Of the load balancer, the web node and the app node: a sandbox has it. */
const ADDRESS = "10.10.0.5";
/** Of the second web node and the second app node. */
const SECOND_ADDRESS = "10.10.0.6";
const EDGE_CONFIGURATION = join(__dirname, "../../../local-cloud/edge/configuration");
const HAPROXY = ["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"];

/** Changes the text of a file of the hosts, `load-balancer:/etc/haproxy/haproxy.cfg`. */
export type Change = (file: string, text: string) => string;

/** Without a rule: a piece of a file is taken out, or replaced. */
export function without(file: string, rule: RegExp, instead = ""): Change {
  return (name, text) => {
    if (name !== file) return text;
    const changed = text.replace(rule, instead);
    if (changed === text) throw new Error(`${file}: no rule matches ${rule}, so the control would show nothing`);
    return changed;
  };
}

export interface ChainOptions {
  /** @default the files as they are */
  readonly change?: Change;
  /** Settings of each web node, one or two. @default one with the defaults */
  readonly web?: readonly WebContents[];
  /** App nodes, 1 or 2, on one file system. @default 1 */
  readonly apps?: 1 | 2;
  /** Addresses of the nodes of tiers that routes are for, with the same program; none: tiers that have no node yet. @default none */
  readonly tiers?: Readonly<Record<string, readonly string[]>>;
  /** Further names of the site. @default none */
  readonly otherHostnames?: readonly string[];
}

/**
 * The whole way of a request on one network: the edge's Nginx and one location of it, one load balancer, web nodes and app nodes. Each in a file
 * system of its own, with the files that it has in production.
 */
export class SiteChain implements AsyncDisposable {
  /** By address. */
  readonly apps = new Map<string, SandboxProcess>();
  private haproxy!: SandboxProcess;
  /** Where the load balancer and the web node are; the edge takes visitors at `edgeSocket`. */
  readonly origin = { host: ADDRESS, port: 443 };

  /** `app`: a program, of Python if its name says so, that is given its address and port. */
  static async start(
    app: string,
    { change = (_, text) => text, web: settings = [{}], apps = 1, tiers = {}, otherHostnames = [] }: ChainOptions = {},
  ): Promise<SiteChain> {
    const web = await ImageSandbox.start("web-1");
    const loadBalancer = await ImageSandbox.start("load-balancer-1", web);
    const edge = await ImageSandbox.start("edge", web);
    const secondWeb = settings.length > 1 ? await ImageSandbox.start("web-2", web) : undefined;
    const chain = new SiteChain(web, loadBalancer, edge, secondWeb);
    try {
      await web.run(["ip", "address", "add", `${SECOND_ADDRESS}/32`, "dev", "lo"]);
      for (const [index, one] of settings.entries()) {
        const sandbox = index === 0 ? web : (secondWeb as ImageSandbox);
        const address = addressesOf(settings.length)[index] as string;
        await startWeb(sandbox, one, address, { app: addressesOf(apps), ...tiers }, change);
      }
      await chain.startApps(app, [...addressesOf(apps), ...Object.values(tiers).flat()]);
      await chain.startLoadBalancer(change, settings[0] as WebContents, addressesOf(settings.length), otherHostnames);
      await chain.startEdge([HOSTNAME, ...otherHostnames]);
      // Each load-balanced node several times: HAProxy begins to send when its checks have passed.
      await waitUntil("the application answers through the edge", async () => {
        for (let turn = 0; turn < 8; turn++) if ((await chain.ask("/ready")) !== 200) return false;
        return true;
      });
      return chain;
    } catch (error) {
      await chain[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(
    readonly web: ImageSandbox,
    readonly loadBalancer: ImageSandbox,
    private readonly edge: ImageSandbox,
    readonly secondWeb?: ImageSandbox,
  ) {}

  /** Unix socket of the edge, as this machine sees it. */
  get edgeSocket(): string {
    return this.edge.path("/srv/edge.sock");
  }

  get networkNamespace(): string {
    return this.web.networkNamespace;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sandbox of [this.edge, this.loadBalancer, this.secondWeb, this.web])
      await sandbox?.[Symbol.asyncDispose]();
  }

  private async startApps(app: string, addresses: readonly string[]): Promise<void> {
    await this.web.write([{ path: "/srv/app", content: readFileSync(app), permissions: "0755" }]);
    const program = app.endsWith(".py") ? ["python3", "/srv/app"] : ["/srv/app"];
    for (const address of addresses)
      this.apps.set(address, await startAppNode(this.web, address, [...program, address, "8000"]));
  }

  private async startLoadBalancer(
    change: Change,
    web: WebContents,
    webNodes: readonly string[],
    hostnames: readonly string[],
  ): Promise<void> {
    const { requestTimeoutSeconds, staticContent } = web;
    const webFiles = staticContent !== undefined;
    const otherHostnames = hostnames.map((hostname) => ({ hostname }));
    const files = loadBalancerFiles({ ...exampleLoadBalancer, otherHostnames, requestTimeoutSeconds, webFiles });
    await write(this.loadBalancer, "load-balancer", files, change);
    await this.loadBalancer.run(["mkdir", "-p", "/run/infrastructure"]);
    await writeFile(this.loadBalancer.path("/run/infrastructure/health.map"), "health ok\n");
    await writeDiscoveredNodes(this.loadBalancer, { WEB_TAG: droplets(21, webNodes) });
    this.haproxy = this.loadBalancer.spawn(HAPROXY, await environmentOf(this.loadBalancer));
  }

  /** As when the address has moved: this load balancer takes no connections, another one does. Resolves to the first one's process. */
  async handOver(): Promise<SandboxProcess> {
    const before = this.haproxy;
    const say = 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/haproxy/admin.sock")';
    await this.loadBalancer.run(["python3", "-c", `${say}; s.sendall(b"shutdown frontend https\\n"); s.recv(99)`]);
    this.haproxy = this.loadBalancer.spawn(HAPROXY, await environmentOf(this.loadBalancer));
    await waitUntil("the successor answers", async () => (await this.ask("/ready")) === 200);
    return before;
  }

  /** Without its TCP ports: the load balancer has them on this network. */
  private async startEdge(hostnames: readonly string[]): Promise<void> {
    const sites = hostnames.map((hostname) => ({
      ...{ hostname, clientCertificate: examplePem, origins: [this.origin.host] },
      ...({ ssl: "full", minimumTls: "1.2", alwaysUseHttps: true, originHttp: "2" } as const),
    }));
    const { certificate, privateKey } = examplePem;
    const pairs = sites.flatMap((site): HostFile[] => {
      const { visitor, origin } = certificateFiles(site);
      return [
        { path: `/srv/tls/${visitor}.pem`, content: certificate },
        { path: `/srv/tls/${visitor}.key`, content: privateKey },
        { path: `/srv/tls/${origin}.pem`, content: `${certificate}\n${privateKey}\n` },
      ];
    });
    const parts = readdirSync(EDGE_CONFIGURATION, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.\w+$/.test(name),
    );
    await this.edge.run(["mkdir", "-p", "/srv/log", "/srv/temp"]);
    await this.edge.write([
      ...pairs,
      { path: "/srv/edge.conf", content: renderEdge("192.0.2.2", 1, cloudflareLimits) },
      { path: "/srv/origins.cfg", content: renderOrigins(sites) },
      { path: "/srv/hostnames.conf", content: withoutPorts(renderHostnames(sites, 1)) },
      ...parts.map((name) => ({
        path: `/srv/configuration/${name}`,
        content: withoutPorts(readFileSync(join(EDGE_CONFIGURATION, name), "utf8")),
      })),
    ]);
    this.edge.spawn(locationCommand(1, ADDRESS, cloudflareLimits));
    this.edge.spawn(["nginx", "-c", "/srv/configuration/nginx.conf"]);
  }

  /** Status of the answer to a visitor who comes through the edge. */
  async ask(path: string): Promise<number> {
    const options = ["--insecure", "--silent", "--unix-socket", "/srv/edge.sock", "--output", "/dev/null"];
    const url = `https://${HOSTNAME}${path}`;
    return Number(await this.edge.run(["curl", ...options, "--write-out", "%{http_code}", "--max-time", "5", url]));
  }
}

/** Waits until Nginx has put an answer into its cache, which it does a moment after the visitor has it. `end`: of its key. */
export function kept(web: ImageSandbox, end: string): Promise<void> {
  const find = `find /var/cache/nginx -type f -regextype posix-extended -regex '.*/[0-9a-f]{32}' -exec cat {} +`;
  return waitUntil(`${end} is in the cache`, async () =>
    (await web.run(["sh", "-c", `${find} | grep --text '^KEY: '`])).split("\n").some((key) => key.endsWith(end)),
  );
}

/** On an address of its own, as all are on one network. */
async function startWeb(
  sandbox: ImageSandbox,
  settings: WebContents,
  address: string,
  nodes: Readonly<Record<string, readonly string[]>>,
  change: Change,
): Promise<void> {
  const tiers = tiersOf(settings.routes ?? []);
  const tierTags = Object.fromEntries(tiers.map((tier) => [tier, `shop-${tier}`]));
  const own: Change = (file, text) =>
    file === "web:/etc/nginx/nginx.conf" ? text.replace(/listen 80\b/, `listen ${address}:80`) : text;
  const files = webFiles({ ...exampleWeb, ...settings, tierTags });
  await write(sandbox, "web", files, (file, text) => own(file, change(file, text)));
  const keys = ["APP_TAG", ...tiers.map((_, index) => otherTagKey(index))];
  const found = ["app", ...tiers].map((tier, index) => [keys[index], droplets(31 + 10 * index, nodes[tier] ?? [])]);
  await writeDiscoveredNodes(sandbox, Object.fromEntries(found));
  sandbox.spawn(["nginx", "-g", "daemon off;"]);
  sandbox.spawn(HAPROXY, await environmentOf(sandbox));
}

function addressesOf(count: number): string[] {
  return [ADDRESS, SECOND_ADDRESS].slice(0, count);
}

function droplets(firstId: number, addresses: readonly string[]): Record<string, string> {
  return Object.fromEntries(addresses.map((address, index) => [`${firstId + index}`, address]));
}

/** What systemd gives to HAProxy. */
async function environmentOf(sandbox: ImageSandbox): Promise<Record<string, string>> {
  const lines = (await readFile(sandbox.path("/etc/infrastructure/role.env"), "utf8")).split("\n");
  return Object.fromEntries(lines.filter((line) => /^[A-Z]/.test(line)).map((line) => splitOnce(line, "=")));
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

async function write(sandbox: ImageSandbox, node: string, files: readonly HostFile[], change: Change): Promise<void> {
  const changed = ({ path, content }: HostFile) =>
    typeof content === "string" ? change(`${node}:${path}`, content) : content;
  await sandbox.write(files.map((file) => ({ ...file, content: changed(file) })));
}

function withoutPorts(configuration: string): string {
  return configuration.replace(/^\s*listen 443\b.*\n/gm, "").replace(/listen 80\b/g, "listen unix:/srv/plain.sock");
}
