import { request } from "node:http";
import type { ZoneDeclaration } from "../api/cloudflare/account/store";
import type { TokenGrant } from "../api/tokens";
import type { ActiveFault } from "../daemon/disturbances";
import type { ReservedIpMove } from "../network/cloud-network";
import type { CloudStatus } from "../control/cloud-status";

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

  activeFaults(): Promise<readonly ActiveFault[]> {
    return this.ask("GET", "/faults");
  }

  /** Does what has to be done before a fault can be made. */
  prepareFault(name: string, droplet?: number): Promise<void> {
    return this.ask("POST", "/faults/preparation", { name, droplet });
  }

  /** Makes a fault, on the load balancer that holds the address unless another droplet is named. */
  inflict(name: string, droplet?: number): Promise<ActiveFault> {
    return this.ask("POST", "/faults", { name, droplet });
  }

  undoFault(name: string): Promise<void> {
    return this.ask("DELETE", `/faults/${name}`);
  }

  /** Every move of a reserved IP since the cloud began. */
  reservedIpMoves(): Promise<readonly ReservedIpMove[]> {
    return this.ask("GET", "/reserved-ip-moves");
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
