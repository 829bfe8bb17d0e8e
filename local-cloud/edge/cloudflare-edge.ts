import { once } from "node:events";
import { request } from "node:http";
import { chmod, cp, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext } from "node:tls";
import type { CertificateAuthority, KeyedCertificate } from "../pki/certificate-authority";
import type { Edge, EdgeHostname } from "../platform/platform";
import type { Names } from "../platform/names";
import type { ServiceProcess } from "../services/service-process";
import type { ServicesTree } from "../services/services-tree";
import { Turns } from "../../programs/turns";
import { loopbackName } from "../platform/loopback-name";
import { EdgeLocation, renderEdge } from "./edge-location";
import { renderHostnames } from "./hostnames-configuration";
import { cloudflareLimits, type EdgeLimits } from "./limits";
import { signOriginCertificate } from "./origin-certificate";
import { certificateFiles, renderOrigins } from "./origins-configuration";
import { resolvePublicNames, type DnsRecord } from "./public-names";

const READY_LIMIT_SECONDS = 10;
/** While nginx changes its configuration, old and new workers answer side by side for a tenth of a second. */
const SAME_ANSWERS = 10;

export interface EdgeContext {
  /** A Debian tree with nginx and HAProxy. */
  readonly tree: ServicesTree;
  /** The edge's own directory in the cloud's state; its path must be short: unix sockets lie in it. */
  readonly directory: string;
  /** Path of the network namespace that has all of its addresses. */
  readonly networkNamespace: string;
  /** Where visitors come in. */
  readonly address: string;
  /** Where requests to origins come from: one address for each location. */
  readonly locations: readonly string[];
  /** @default Cloudflare's */
  readonly limits?: EdgeLimits;
  /** The address that origins see of visitors who come in by the unix socket. */
  readonly visitorAddress: string;
  /** Signs what the edge shows to visitors. */
  readonly webAuthority: CertificateAuthority;
  /** Cloudflare's Origin CA. */
  readonly originAuthority: CertificateAuthority;
  readonly names: Names;
  readonly report: (event: string) => void;
}

/**
 * Cloudflare's edge on a real nginx and, for each location, a real HAProxy. Nginx has the visitors: TLS, redirect to
 * HTTPS, Cloudflare's request headers and error pages. HAProxy has the connections to origins: HTTP/2, Authenticated
 * Origin Pulls, limits and retries. README.md says what is not here.
 */
export class CloudflareEdge implements Edge {
  readonly ipv4Ranges = ["198.51.100.192/26"];
  readonly ipv6Ranges = ["2001:db8:c10d::/48"];
  /** Unix socket that takes visitors' TLS connections. */
  readonly socket: string;
  private hostnames: readonly EdgeHostname[] = [];
  private records: readonly DnsRecord[] = [];
  private answers = new Map<string, string[]>();
  private generation = 0;
  private configuration = "";
  private origins = "";
  private locations: EdgeLocation[] = [];
  private nginx: ServiceProcess | undefined;
  private readonly turns = new Turns();
  private closed = false;

  private constructor(private readonly context: EdgeContext) {
    this.socket = path.join(context.directory, "edge.sock");
  }

  /** Resolves when the edge answers; it then serves no name yet. */
  static async start(context: EdgeContext): Promise<CloudflareEdge> {
    const { directory, webAuthority, originAuthority, visitorAddress, locations, limits = cloudflareLimits } = context;
    for (const name of ["log", "temp", "tls"]) await mkdir(path.join(directory, name), { recursive: true });
    // nginx's workers are not root, and reach their sockets and temporary files below.
    await chmod(directory, 0o755);
    await cp(path.join(__dirname, "configuration"), path.join(directory, "configuration"), { recursive: true });
    await writeFile(path.join(directory, "tls/trusted.pem"), originAuthority.certificate + webAuthority.certificate);
    await writeFile(path.join(directory, "edge.conf"), renderEdge(visitorAddress, locations.length, limits));
    await writeFile(path.join(directory, "origins.cfg"), "");
    const edge = new CloudflareEdge(context);
    try {
      for (const [index, address] of locations.entries())
        edge.locations.push(await EdgeLocation.start({ ...context, number: index + 1, address, limits }));
      await edge.setHostnames([]);
      return edge;
    } catch (error) {
      await edge.close();
      throw error;
    }
  }

  setHostnames(hostnames: readonly EdgeHostname[]): Promise<void> {
    return this.turns.run(async () => {
      const origins = renderOrigins(hostnames);
      const next = renderHostnames(hostnames, this.generation + 1);
      for (const host of hostnames) await this.writeCertificates(host);
      if (origins !== this.origins) await this.applyOrigins(origins);
      // A reload ends visitors' idle connections, maybe just as they are used; Cloudflare's changes do not.
      if (renderHostnames(hostnames, this.generation) !== this.configuration) {
        await this.apply(next);
        this.configuration = next;
      }
      this.hostnames = hostnames;
      await this.applyNames();
    });
  }

  setRecords(records: readonly DnsRecord[]): Promise<void> {
    return this.turns.run(async () => {
      this.records = records;
      await this.applyNames();
    });
  }

  async signOriginCertificate(csr: string, hostnames: readonly string[], validityDays: number): Promise<string> {
    return signOriginCertificate(this.context.originAuthority, csr, hostnames, validityDays);
  }

  /** Names that are served. */
  servedHostnames(): string[] {
    return this.hostnames.map(({ hostname }) => hostname);
  }

  /** Ends it and removes its directory. */
  async close(): Promise<void> {
    this.closed = true;
    await this.turns.run(async () => {
      await this.nginx?.kill();
      for (const location of this.locations) await location.close();
      await rm(this.context.directory, { recursive: true, force: true });
    });
  }

  private file(name: string): string {
    return path.join(this.context.directory, name);
  }

  private async writeCertificates(host: EdgeHostname): Promise<void> {
    const { visitor, origin } = certificateFiles(host);
    if (!(await exists(this.file(`tls/${visitor}.pem`)))) {
      await this.writePair(
        visitor,
        await this.context.webAuthority.issueServerCertificate([host.hostname, loopbackName(host.hostname)]),
      );
    }
    if (host.clientCertificate) {
      checkPair(host.hostname, host.clientCertificate);
      const { certificate, privateKey } = host.clientCertificate;
      await writeFile(this.file(`tls/${origin}.pem`), `${certificate}\n${privateKey}\n`, { mode: 0o600 });
    }
  }

  private async writePair(name: string, { certificate, privateKey }: KeyedCertificate): Promise<void> {
    await writeFile(this.file(`tls/${name}.key`), privateKey, { mode: 0o600 });
    await writeFile(this.file(`tls/${name}.pem`), certificate);
  }

  /** Visitors do not notice: Nginx keeps their connections. */
  private async applyOrigins(origins: string): Promise<void> {
    await writeFile(this.file("origins.cfg"), origins);
    try {
      await Promise.all(this.locations.map((location) => location.reload()));
    } catch (error) {
      await writeFile(this.file("origins.cfg"), this.origins);
      throw error;
    }
    this.origins = origins;
  }

  /** Puts a configuration in place when nginx finds it right; the old one stays otherwise. */
  private async apply(configuration: string): Promise<void> {
    const [current, before] = [this.file("hostnames.conf"), this.file("hostnames.conf.before")];
    if (await exists(current)) await rename(current, before);
    await writeFile(current, configuration);
    try {
      await this.checkConfiguration();
    } catch (error) {
      if (await exists(before)) await rename(before, current);
      throw error;
    }
    this.generation++;
    if (this.nginx?.running) await this.nginx.signal("SIGHUP");
    else await this.startNginx();
    await this.waitForGeneration();
  }

  private async checkConfiguration(): Promise<void> {
    const { tree, directory: files } = this.context;
    await tree.run({ command: ["nginx", "-t", "-q", "-c", "/srv/configuration/nginx.conf"], user: "root", files }, 30);
  }

  private async startNginx(): Promise<void> {
    const { tree, directory: files, networkNamespace, report } = this.context;
    // Sockets of a killed nginx would be in the way.
    for (const name of ["edge.sock", "status.sock", "no-answer.sock"]) await rm(this.file(name), { force: true });
    const command = ["nginx", "-c", "/srv/configuration/nginx.conf"];
    const nginx = tree.start({ command, user: "root", files, networkNamespace }, this.file("log/nginx.log"));
    this.nginx = nginx;
    void nginx.exited.then(async (end) => {
      if (this.closed) return;
      report(`nginx ended (${end}) and is started again`);
      await sleep(1000);
      await this.turns.run(async () => this.closed || this.nginx !== nginx || this.startNginx());
    });
  }

  private async waitForGeneration(): Promise<void> {
    const deadline = Date.now() + READY_LIMIT_SECONDS * 1000;
    for (let same = 0; same < SAME_ANSWERS; await sleep(20)) {
      const answer = await ask(this.file("status.sock")).catch(() => undefined);
      same = answer === `${this.generation}` ? same + 1 : 0;
      if (this.nginx?.running && Date.now() < deadline) continue;
      const log = await readFile(this.file("log/nginx.log"), "utf8");
      throw new Error(`edge: nginx does not answer with its new configuration:\n${log.slice(-2000).trim()}`);
    }
  }

  private async applyNames(): Promise<void> {
    const { names, address } = this.context;
    const wanted = resolvePublicNames(this.hostnames, this.records, address);
    for (const [name, addresses] of wanted) {
      if (this.answers.get(name)?.join() !== addresses.join()) await names.set(name, addresses);
    }
    for (const name of this.answers.keys()) if (!wanted.has(name)) await names.remove(name);
    this.answers = wanted;
  }
}

/** HAProxy would refuse all names for one that is wrong. */
function checkPair(hostname: string, { certificate, privateKey }: KeyedCertificate): void {
  try {
    createSecureContext({ cert: certificate, key: privateKey });
  } catch (error) {
    throw new Error(
      `edge: client certificate of ${hostname}: does not fit its private key: ${(error as Error).message}`,
    );
  }
}

async function ask(socketPath: string): Promise<string> {
  const asked = request({ socketPath, path: "/", timeout: 1000 });
  asked.end();
  const [response] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  return (await response.setEncoding("utf8").toArray()).join("");
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
