import { request } from "node:http";
import type { ReservedIpMove, TokenGrant, ZoneDeclaration } from "../control/control-api";
import type { CloudStatus, DatabaseNodeStatus, DropletStatus } from "../control/cloud-status";
import type {
  ApiFault,
  Cut,
  DatabaseOperation,
  Disturbance,
  DropletOperation,
  OperationDone,
  RepeatedKill,
  Switches,
} from "../control/disturbance";

/** The types in the requests and answers below. */
export type {
  ApiFault,
  CloudStatus,
  Cut,
  DatabaseNodeStatus,
  DatabaseOperation,
  DropletOperation,
  DropletStatus,
  RepeatedKill,
  ReservedIpMove,
  Switches,
};

/** Asks the daemon of a running cloud, over its unix socket. */
export class ControlClient {
  constructor(private readonly socket: string) {}

  status(): Promise<CloudStatus> {
    return this.ask<CloudStatus>("GET", "/status");
  }

  /** True when a daemon answers. */
  async isUp(): Promise<boolean> {
    try {
      await this.ask("GET", "/ready");
      return true;
    } catch {
      return false;
    }
  }

  declareZones(zones: readonly ZoneDeclaration[]): Promise<void> {
    return this.ask("PUT", "/zones", zones);
  }

  /** Alerts may go to these addresses, as if somebody had followed the link in DigitalOcean's mail. */
  confirmEmails(emails: readonly string[]): Promise<void> {
    return this.ask("PUT", "/confirmed-emails", emails);
  }

  /** Droplets that ask this container registry come to the cloud's own one. */
  serveRegistry(hostname: string): Promise<void> {
    return this.ask("PUT", `/registries/${hostname}`);
  }

  /** DigitalOcean's API accepts one more token. */
  grantToken(token: TokenGrant): Promise<void> {
    return this.ask("POST", "/tokens", token);
  }

  /** DigitalOcean's API accepts a token no longer. */
  revokeToken(token: string): Promise<void> {
    return this.ask("POST", "/tokens/revocations", { token });
  }

  /** Where the journal of a droplet lies, on this machine. */
  journalDirectory(id: number): Promise<string> {
    return this.ask("GET", `/droplets/${id}/journal`);
  }

  /** The command line that runs what follows it in a droplet, from inside the cloud. */
  enterCommand(id: number): Promise<string[]> {
    return this.ask("GET", `/droplets/${id}/enter`);
  }

  /** A power cut, or the power switched on. */
  power(id: number, action: "power-off" | "power-on"): Promise<void> {
    return this.ask("POST", `/droplets/${id}/${action}`);
  }

  /** What goes wrong on purpose at this moment. */
  disturbances(): Promise<readonly Disturbance[]> {
    return this.ask("GET", "/disturbances");
  }

  /** Rejects when there is one of this name. `note` is any JSON; whoever ends it finds it in `disturbances`. */
  beginDisturbance(name: string, note: unknown): Promise<void> {
    return this.ask("POST", "/disturbances", { name, note });
  }

  /** Replaces all that a disturbance has switched on. */
  switchDisturbance(name: string, switches: Switches): Promise<void> {
    return this.ask("PUT", `/disturbances/${name}/switches`, switches);
  }

  /** Switches off all that a disturbance has switched on. */
  endDisturbance(name: string): Promise<void> {
    return this.ask("DELETE", `/disturbances/${name}`);
  }

  /** Does something to a droplet from outside; resolves to when it began to have an effect (milliseconds since 1970). */
  async operate(id: number, operation: DropletOperation): Promise<number> {
    return (await this.ask<OperationDone>("POST", `/droplets/${id}/operations`, operation)).at;
  }

  /** The same for the node of a database server, by its name in `status`. */
  async operateDatabase(node: string, operation: DatabaseOperation): Promise<number> {
    return (await this.ask<OperationDone>("POST", `/database-nodes/${node}/operations`, operation)).at;
  }

  /** How long a primary has to be gone until it is replaced. @default as each cluster says: 60 s, unless it was told another time */
  setDatabaseFailoverTime(seconds: number | undefined): Promise<void> {
    return this.ask("PUT", "/database-failover-time", { seconds });
  }

  /** The platform fails at so many of the next moves of a reserved IP: their actions end "errored". */
  refuseMoves(count: number): Promise<void> {
    return this.ask("PUT", "/refused-moves", { count });
  }

  /** Every move of a reserved IP since the cloud began. */
  reservedIpMoves(): Promise<readonly ReservedIpMove[]> {
    return this.ask("GET", "/reserved-ip-moves");
  }

  /** Requests to the APIs that failed by the cloud's own fault since it began: `POST /path: message`, in order. */
  apiFailures(): Promise<readonly string[]> {
    return this.ask("GET", "/api-failures");
  }

  /** How long an assignment of a reserved IP takes from now on. */
  setAssignTime(seconds: number): Promise<void> {
    return this.ask("PUT", "/assign-time", { seconds });
  }

  private ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: this.socket, method, path, timeout: 30_000 }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          if (response.statusCode === 200) resolve((text === "" ? undefined : JSON.parse(text)) as T);
          else reject(new Error(`${method} ${path}: the local cloud answered ${response.statusCode}: ${text}`));
        });
        response.on("error", reject);
      });
      call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer from the local cloud in 30 s`)));
      call.on("error", reject);
      if (body !== undefined) call.setHeader("content-type", "application/json");
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
