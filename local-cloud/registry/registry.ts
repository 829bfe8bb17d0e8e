import { createServer, type Server } from "node:https";
import type { CertificateAuthority } from "../pki/certificate-authority";
import type { Names } from "../platform/names";
import type { ImageLayout } from "./image-layout";
import { createRegistryApi } from "./registry-api";

export interface RegistryOptions {
  readonly layout: ImageLayout;
  /** Listens at port 443 of it. */
  readonly address: string;
  /** Signs for the names that it is reached by. */
  readonly authority: CertificateAuthority;
  readonly names: Names;
}

/** Answers as every container registry whose name it has been given, with the images that the layout has of it. */
export class Registry {
  private readonly hostnames = new Set<string>();

  private constructor(
    private readonly options: RegistryOptions,
    private readonly server: Server,
  ) {}

  static async start(options: RegistryOptions): Promise<Registry> {
    const { layout, address, authority } = options;
    await layout.create();
    const api = createRegistryApi(layout);
    await api.ready();
    const server = createServer(await secureContext(authority, [address]), api.routing);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(443, address, resolve);
    });
    return new Registry(options, server);
  }

  /** From now on the host name leads here, with a certificate for it. */
  async serveAs(hostname: string): Promise<void> {
    const { address, authority, names } = this.options;
    this.hostnames.add(hostname);
    this.server.setSecureContext(await secureContext(authority, [address, ...this.hostnames]));
    await names.set(hostname, [address]);
  }
}

async function secureContext(authority: CertificateAuthority, names: readonly string[]) {
  const { certificate, privateKey } = await authority.issueServerCertificate(names);
  return { cert: certificate, key: privateKey };
}
