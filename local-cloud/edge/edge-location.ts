import { once } from "node:events";
import { readFile, rm, stat } from "node:fs/promises";
import { createConnection } from "node:net";
import path from "node:path";
import type { ServiceProcess } from "../services/service-process";
import type { ServicesTree } from "../services/services-tree";
import { waitUntil } from "../../programs/wait-until";
import type { EdgeLimits } from "./limits";

const READY_LIMIT_SECONDS = 10;
const RESTART_SECONDS = 1;

export interface EdgeLocationContext {
  readonly tree: ServicesTree;
  /** The edge's own directory, where `origins.cfg` is. */
  readonly directory: string;
  readonly networkNamespace: string;
  /** From 1. */
  readonly number: number;
  /** Where its connections to origins come from. */
  readonly address: string;
  readonly limits: EdgeLimits;
  readonly report: (event: string) => void;
}

/**
 * One location of Cloudflare's edge: an HAProxy with connections to origins of its own. Nginx hands it requests at
 * `location-N.sock`.
 */
export class EdgeLocation {
  private haproxy!: ServiceProcess;
  private closed = false;

  private constructor(private readonly context: EdgeLocationContext) {}

  static async start(context: EdgeLocationContext): Promise<EdgeLocation> {
    const location = new EdgeLocation(context);
    await location.startHaproxy();
    return location;
  }

  /**
   * Takes up what `origins.cfg` says now, or throws and goes on as before. Requests that are under way end on the
   * connections that they are on; later ones find new connections.
   */
  async reload(): Promise<void> {
    const answer = await ask(this.file("master"), "reload\n");
    if (!answer.startsWith("Success=1")) throw new Error(`edge: location ${this.context.number}: ${answer.trim()}`);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.haproxy.kill();
  }

  private file(kind: "sock" | "master" | "log"): string {
    const name = `location-${this.context.number}.${kind}`;
    return path.join(this.context.directory, kind === "log" ? `log/${name}` : name);
  }

  private async startHaproxy(): Promise<void> {
    const { tree, directory: files, networkNamespace, number, address, limits, report } = this.context;
    for (const kind of ["sock", "master"] as const) await rm(this.file(kind), { force: true });
    const command = locationCommand(number, address, limits);
    const haproxy = tree.start({ command, user: "root", files, networkNamespace }, this.file("log"));
    this.haproxy = haproxy;
    await waitUntil(`location ${number} of the edge`, READY_LIMIT_SECONDS, async () => {
      if (haproxy.running) return stat(this.file("sock")).catch(() => undefined);
      throw new Error(`edge: location ${number} did not start:\n${await readFile(this.file("log"), "utf8")}`);
    });
    void haproxy.exited.then((end) => {
      if (this.closed) return;
      report(`location ${number} ended (${end}) and is started again`);
      setTimeout(() => this.closed || void this.startHaproxy().catch(console.error), RESTART_SECONDS * 1000);
    });
  }
}

/** HAProxy with one reload-able worker; what differs between locations and what the limits are is in its environment. */
export function locationCommand(number: number, address: string, limits: EdgeLimits): string[] {
  const environment = {
    LOCATION: number,
    ADDRESS: address,
    CONNECT_SECONDS: limits.connectSeconds,
    READ_SECONDS: limits.readSeconds,
    IDLE_SECONDS: limits.idleSeconds,
    ACKNOWLEDGE_SECONDS: limits.acknowledgeSeconds,
    PROBE_AFTER_SECONDS: limits.probe.afterSeconds,
    PROBE_INTERVAL_SECONDS: limits.probe.intervalSeconds,
    PROBE_COUNT: limits.probe.count,
    STREAMS: limits.streams,
  };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const files = ["-f", "/srv/configuration/origins.cfg", "-f", "/srv/origins.cfg"];
  return ["env", ...variables, "haproxy", "-W", "-S", `/srv/location-${number}.master`, ...files];
}

/** The part of Nginx's configuration that depends on neither names nor origins. */
export function renderEdge(visitorAddress: string, locations: number, limits: EdgeLimits): string {
  const share = (100 / locations).toFixed(2);
  const numbers = Array.from({ length: locations }, (_, index) => index + 1);
  return [
    `client_max_body_size ${limits.bodyMebibytes}m;`,
    `keepalive_timeout ${limits.visitorIdleSeconds}s;`,
    // Connections through the unix socket are those of this machine's user.
    `map $remote_addr $visitor_address { "unix:" ${visitorAddress}; default $remote_addr; }`,
    // A visitor's connection is at one location.
    `split_clients $connection $location {`,
    ...numbers.map((number) => `    ${number === locations ? "*" : `${share}%`} ${number};`),
    "}",
    ...numbers.flatMap((number) => [
      `upstream location_${number} {`,
      `    server unix:/srv/location-${number}.sock max_fails=0;`,
      "    server unix:/srv/no-answer.sock backup;",
      "}",
    ]),
    "",
  ].join("\n");
}

/** The whole answer to a command of HAProxy's command line. */
async function ask(socket: string, command: string): Promise<string> {
  const connection = createConnection(socket)
    .setEncoding("utf8")
    .setTimeout(READY_LIMIT_SECONDS * 1000);
  connection.on("timeout", () => connection.destroy(new Error(`${socket}: no answer to ${command.trim()}`)));
  await once(connection, "connect");
  connection.write(command);
  return (await connection.toArray()).join("");
}
