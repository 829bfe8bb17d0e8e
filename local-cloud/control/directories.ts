import path from "node:path";
import { homedir } from "node:os";

const PROJECT = "cdktf-web-infrastructure";

/** What may be kept for next time: images, programs, prepared data directories. `LOCAL_CLOUD_CACHE` overrides it. */
export function cacheDirectory(): string {
  if (process.env.LOCAL_CLOUD_CACHE) return process.env.LOCAL_CLOUD_CACHE;
  if (process.getuid?.() === 0) return path.join("/var/cache", PROJECT);
  return path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), PROJECT);
}

/** Terraform's configuration that takes the real providers from the cache; is there when they could be fetched. */
export function providerConfiguration(): string {
  return path.join(cacheDirectory(), "providers", "terraformrc");
}

/**
 * Everything that belongs to one running cloud; `down` removes it. `LOCAL_CLOUD_STATE` overrides it, so that several
 * clouds can run side by side.
 */
export function stateDirectory(): string {
  return process.env.LOCAL_CLOUD_STATE ?? path.join("/var/lib", PROJECT, "local");
}

/** Where the parts of one cloud keep their files and sockets. */
export class StateDirectory {
  constructor(readonly root: string = stateDirectory()) {}

  /** Unix socket on which the daemon answers the command line. */
  get controlSocket(): string {
    return path.join(this.root, "control.sock");
  }
  /** Unix socket on which the edge takes the visitors' TLS connections. */
  get edgeSocket(): string {
    return path.join(this.root, "edge/edge.sock");
  }
  /** Tokens of this cloud's accounts, readable by root only. */
  get credentials(): string {
    return path.join(this.root, "credentials.json");
  }
  /** Container images that droplets can pull: one OCI image layout. */
  get registry(): string {
    return path.join(this.root, "registry");
  }
  /** PEM of the CA that visitors, providers and droplets trust. */
  get webAuthority(): string {
    return path.join(this.root, "web-ca.pem");
  }
  /** The loopback port where the site is served, as text. */
  get port(): string {
    return path.join(this.root, "port");
  }
  get loopbackLog(): string {
    return path.join(this.root, "loopback.log");
  }
  get daemonLog(): string {
    return path.join(this.root, "daemon.log");
  }
  get deployLog(): string {
    return path.join(this.root, "deploy.log");
  }
  /** What `cdktf` synthesized and Terraform's working directory. */
  get synthesized(): string {
    return path.join(this.root, "cdktf.out");
  }
  /** Terraform's state files. */
  get terraformState(): string {
    return path.join(this.root, "terraform");
  }
  /** Temporary files of what operators run. */
  get temporary(): string {
    return path.join(this.root, "tmp");
  }
  /** Is there while a deployment runs; left behind by one that was killed. */
  get deployingMark(): string {
    return path.join(this.root, "deploying");
  }
  /** Is there once a deployment has succeeded. */
  get deployedMark(): string {
    return path.join(this.root, "deployed");
  }
}
