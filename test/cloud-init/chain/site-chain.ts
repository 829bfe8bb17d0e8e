import { readFileSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostFile } from "../../../cloud-init/host-file";
import { loadBalancerFiles } from "../../../cloud-init/load-balancer/user-data";
import { webFiles } from "../../../cloud-init/web/user-data";
import { certificateFiles, renderHostnames } from "../../../local-cloud/edge/hostnames-configuration";
import { writeDiscoveredNodes } from "../discovered-nodes";
import { exampleLoadBalancer, exampleWeb } from "../example-hosts";
import { examplePem } from "../example-pem";
import { ImageSandbox, waitUntil } from "../image-sandbox";

const HOSTNAME = "www.example.com";
/** Of the load balancer, the web node and the app node: a sandbox has it. */
const ADDRESS = "10.10.0.5";
const EDGE_CONFIGURATION = join(__dirname, "../../../local-cloud/edge/configuration");
const HAPROXY = ["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"];

/** Changes the text of a file of the hosts, `load-balancer:/etc/haproxy/haproxy.cfg`. */
export type Change = (file: string, text: string) => string;

/**
 * The whole way of a request on one network: the edge's Nginx, one load balancer, one web node, one app node. Each in a
 * file system of its own, with the files that it has in production.
 */
export class SiteChain implements AsyncDisposable {
  /** Where the load balancer and the web node are; the edge takes visitors at `edgeSocket`. */
  readonly origin = { host: ADDRESS, port: 443 };

  /** `app`: a Python program that is given its address and port. */
  static async start(app: string, change: Change = (_, text) => text): Promise<SiteChain> {
    const web = await ImageSandbox.start("web-1");
    const loadBalancer = await ImageSandbox.start("load-balancer-1", web);
    const edge = await ImageSandbox.start("edge", web);
    const chain = new SiteChain(web, loadBalancer, edge);
    try {
      await chain.startWeb(app, change);
      await chain.startLoadBalancer(change);
      await chain.startEdge();
      await waitUntil("the application answers through the edge", async () => (await chain.ask("/ready")) === 200);
      return chain;
    } catch (error) {
      await chain[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(
    readonly web: ImageSandbox,
    private readonly loadBalancer: ImageSandbox,
    private readonly edge: ImageSandbox,
  ) {}

  /** Unix socket of the edge, as this machine sees it. */
  get edgeSocket(): string {
    return this.edge.path("/srv/edge.sock");
  }

  get networkNamespace(): string {
    return this.web.networkNamespace;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sandbox of [this.edge, this.loadBalancer, this.web]) await sandbox[Symbol.asyncDispose]();
  }

  private async startWeb(app: string, change: Change): Promise<void> {
    await write(this.web, "web", webFiles(exampleWeb), change);
    await this.web.write([{ path: "/srv/app.py", content: readFileSync(app, "utf8") }]);
    await writeDiscoveredNodes(this.web, { APP_TAG: { 31: ADDRESS } });
    this.web.spawn(["python3", "/srv/app.py", this.origin.host, "8000"]);
    this.web.spawn(["nginx", "-g", "daemon off;"]);
    this.web.spawn(HAPROXY, { SITE_HOSTNAME: HOSTNAME, APP_HEALTH_PATH: "/healthz" });
  }

  private async startLoadBalancer(change: Change): Promise<void> {
    await write(this.loadBalancer, "load-balancer", loadBalancerFiles(exampleLoadBalancer), change);
    await this.loadBalancer.run(["mkdir", "-p", "/run/infrastructure"]);
    await writeFile(this.loadBalancer.path("/run/infrastructure/health.map"), "health ok\n");
    await writeDiscoveredNodes(this.loadBalancer, { WEB_TAG: { 21: ADDRESS } });
    this.loadBalancer.spawn(HAPROXY);
  }

  /** Without its TCP ports: the load balancer has them on this network. */
  private async startEdge(): Promise<void> {
    const client = { hostname: HOSTNAME, clientCertificate: examplePem };
    const site = {
      ...client,
      origins: [this.origin.host],
      ssl: "full",
      minimumTls: "1.2",
      alwaysUseHttps: true,
    } as const;
    const files = certificateFiles(site);
    const pair = (name: string): HostFile[] => [
      { path: `/srv/tls/${name}.pem`, content: examplePem.certificate },
      { path: `/srv/tls/${name}.key`, content: examplePem.privateKey, permissions: "0644" },
    ];
    const parts = readdirSync(EDGE_CONFIGURATION).filter((name) => name.endsWith(".conf"));
    await this.edge.run(["mkdir", "-p", "/srv/log", "/srv/temp"]);
    await this.edge.write([
      ...pair(files.visitor),
      ...pair(files.origin),
      { path: "/srv/visitor.conf", content: 'map $remote_addr $visitor_address { default "192.0.2.2"; }\n' },
      { path: "/srv/hostnames.conf", content: withoutPorts(renderHostnames([site], 1)) },
      ...parts.map((name) => ({
        path: `/srv/configuration/${name}`,
        content: withoutPorts(readFileSync(join(EDGE_CONFIGURATION, name), "utf8")),
      })),
    ]);
    this.edge.spawn(["nginx", "-c", "/srv/configuration/nginx.conf"]);
  }

  /** Status of the answer to a visitor who comes through the edge. */
  async ask(path: string): Promise<number> {
    const options = ["--insecure", "--silent", "--unix-socket", "/srv/edge.sock", "--output", "/dev/null"];
    const url = `https://${HOSTNAME}${path}`;
    return Number(await this.edge.run(["curl", ...options, "--write-out", "%{http_code}", "--max-time", "5", url]));
  }
}

async function write(sandbox: ImageSandbox, node: string, files: readonly HostFile[], change: Change): Promise<void> {
  const changed = ({ path, content }: HostFile) =>
    typeof content === "string" ? change(`${node}:${path}`, content) : content;
  await sandbox.write(files.map((file) => ({ ...file, content: changed(file) })));
}

function withoutPorts(configuration: string): string {
  return configuration.replace(/^\s*listen 443\b.*\n/gm, "").replace(/listen 80\b/g, "listen unix:/srv/plain.sock");
}
