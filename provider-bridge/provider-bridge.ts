import { join } from "node:path";
import { cloudflare } from "./cloudflare/provider";
import { digitalocean } from "./digitalocean/provider";
import { servePlugin, type PluginServer } from "./plugin/plugin-server";
import type { Provider } from "./plugin/provider";
import { tls } from "./tls/provider";

export interface ProviderBridgeOptions {
  /** Existing directory for the sockets; unix socket paths may have at most 107 bytes. */
  readonly socketDirectory: string;
  /** Where the providers look for endpoints and tokens. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface ProviderBridge {
  /** The value of TF_REATTACH_PROVIDERS for terraform or tofu. A new bridge needs the new value. */
  readonly reattach: string;
  close(): Promise<void>;
}

const providers: Readonly<Record<string, Provider<any>>> = {
  "digitalocean/digitalocean": digitalocean,
  "cloudflare/cloudflare": cloudflare,
  "hashicorp/tls": tls,
};

/** Both tools resolve a provider's short name to their own registry. */
const registries = ["registry.terraform.io", "registry.opentofu.org"];

/**
 * Serves stand-ins for the providers digitalocean (2.71), cloudflare (5.14) and tls (4.1), for machines that cannot
 * download them. Terraform speaks with them as with the real ones; they speak with the API over HTTP. No download, no
 * version check and no lock file take place: `cdktf` needs `--skip-provider-lock`.
 *
 * One configuration per provider: Terraform's aliases of a provider would all use the one configured last.
 */
export async function startProviderBridge(options: ProviderBridgeOptions): Promise<ProviderBridge> {
  const { socketDirectory, environment = process.env } = options;
  const servers: PluginServer[] = [];
  const addresses: Record<string, object> = {};
  for (const [name, provider] of Object.entries(providers)) {
    const socketPath = join(socketDirectory, `${name.split("/")[1]}-${process.pid}.sock`);
    servers.push(await servePlugin(provider, environment, socketPath));
    for (const registry of registries) addresses[`${registry}/${name}`] = reattachAddress(socketPath);
  }
  return {
    reattach: JSON.stringify(addresses),
    close: async () => servers.forEach((server) => server.close()),
  };
}

/** `Test` keeps Terraform from stopping the process when it is done. */
function reattachAddress(socketPath: string): object {
  const address = { Network: "unix", String: socketPath };
  return { Protocol: "grpc", ProtocolVersion: 6, Pid: process.pid, Test: true, Addr: address };
}
