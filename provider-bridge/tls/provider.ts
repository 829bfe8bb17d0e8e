import type { Provider } from "../plugin/provider";
import { optional } from "../plugin/schema";
import { certRequest } from "./cert-request";
import { locallySignedCert } from "./locally-signed-cert";
import { privateKey } from "./private-key";
import { selfSignedCert } from "./self-signed-cert";

/** Stand-in for the provider hashicorp/tls 4.1: keys, requests and certificates; nothing leaves this process. */
export const tls: Provider<undefined> = {
  style: "framework",
  configuration: {
    attributes: {},
    blocks: {
      proxy: {
        nesting: "list",
        block: {
          attributes: {
            url: optional("string"),
            username: optional("string"),
            password: optional("string", { sensitive: true }),
            from_env: optional("bool"),
          },
        },
      },
    },
  },
  resources: {
    tls_cert_request: certRequest,
    tls_locally_signed_cert: locallySignedCert,
    tls_private_key: privateKey,
    tls_self_signed_cert: selfSignedCert,
  },
  dataSources: {},
  configure: () => undefined,
};
