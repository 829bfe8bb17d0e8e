import { createHash, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { oneOf } from "../plugin/checks";
import type { ResourceType } from "../plugin/provider";
import { computed, optional, required } from "../plugin/schema";
import type { Values } from "../plugin/values";
import { opensshKey } from "./openssh-key";
import { renderPem } from "./pem";
import { publicKeyInfo } from "./private-key-pem";

const generate = promisify(generateKeyPair) as (type: string, options: object) => Promise<{ privateKey: KeyObject }>;

/** OpenSSL's names of the curves. */
const curves: Readonly<Record<string, string>> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

const secret = computed("string", { sensitive: true });

/** `tls_private_key`. The key is in Terraform's state, which must be kept like a key. */
export const privateKey: ResourceType<undefined> = {
  version: 1,
  attributes: {
    algorithm: required("string", { forceNew: true, check: oneOf("RSA", "ECDSA", "ED25519") }),
    rsa_bits: optional("number", { computed: true, default: 2048, forceNew: true }),
    ecdsa_curve: optional("string", {
      computed: true,
      default: "P224",
      forceNew: true,
      check: oneOf(...Object.keys(curves)),
    }),
    private_key_pem: secret,
    private_key_openssh: secret,
    private_key_pem_pkcs8: secret,
    public_key_pem: computed("string"),
    public_key_openssh: computed("string"),
    public_key_fingerprint_md5: computed("string"),
    public_key_fingerprint_sha256: computed("string"),
    id: computed("string"),
  },

  async create({ planned }) {
    const key = await generateKey(planned);
    const openssh = opensshKey(key);
    const publicKey = publicKeyInfo(key);
    return {
      private_key_pem: key.export({ type: pemType(key), format: "pem" }),
      private_key_pem_pkcs8: key.export({ type: "pkcs8", format: "pem" }),
      private_key_openssh: openssh.privateKey,
      public_key_pem: renderPem("PUBLIC KEY", publicKey),
      public_key_openssh: openssh.publicKey,
      public_key_fingerprint_md5: openssh.fingerprintMd5,
      public_key_fingerprint_sha256: openssh.fingerprintSha256,
      id: createHash("sha1").update(publicKey).digest("hex"),
    } as Values;
  },

  read: async (state) => state,
  update: async ({ prior }) => prior,
  async delete() {},
};

async function generateKey({ algorithm, rsa_bits, ecdsa_curve }: Values): Promise<KeyObject> {
  const options = {
    RSA: { modulusLength: Number(rsa_bits) },
    ECDSA: { namedCurve: curves[String(ecdsa_curve)] },
    ED25519: {},
  }[String(algorithm)];
  const types: Readonly<Record<string, string>> = { RSA: "rsa", ECDSA: "ec", ED25519: "ed25519" };
  return (await generate(types[String(algorithm)] ?? "", options ?? {})).privateKey;
}

/** The traditional form of the algorithm; there is none for ED25519. */
function pemType(key: KeyObject): "pkcs1" | "sec1" | "pkcs8" {
  return ({ rsa: "pkcs1", ec: "sec1" } as const)[key.asymmetricKeyType as "rsa"] ?? "pkcs8";
}
