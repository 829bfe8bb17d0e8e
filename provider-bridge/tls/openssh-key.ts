import { createHash, randomBytes, type KeyObject } from "node:crypto";
import { renderPem } from "./pem";

/** OpenSSL's and OpenSSH's names of the curves that OpenSSH has. */
const curves: Readonly<Record<string, string>> = {
  prime256v1: "nistp256",
  secp384r1: "nistp384",
  secp521r1: "nistp521",
};

export interface OpensshKey {
  /** File of a private key without a passphrase (PROTOCOL.key of OpenSSH). */
  readonly privateKey: string;
  /** Line of an authorized_keys file. */
  readonly publicKey: string;
  /** `aa:bb:…` */
  readonly fingerprintMd5: string;
  /** `SHA256:…` */
  readonly fingerprintSha256: string;
}

/** A key in the forms of OpenSSH, all empty if OpenSSH has none for it (RFC 4253, RFC 5656, RFC 8709). */
export function opensshKey(key: KeyObject): OpensshKey {
  const parts = partsOf(key);
  if (!parts) return { privateKey: "", publicKey: "", fingerprintMd5: "", fingerprintSha256: "" };
  const type = String(parts.publicParts[0]);
  const blob = Buffer.concat(parts.publicParts.map(string));
  const md5 = createHash("md5").update(blob).digest("hex");
  const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return {
    privateKey: renderPem("OPENSSH PRIVATE KEY", privateKeyFile(blob, parts.privateParts)),
    publicKey: `${type} ${blob.toString("base64")}\n`,
    fingerprintMd5: md5.match(/../g)?.join(":") ?? "",
    fingerprintSha256: `SHA256:${sha256}`,
  };
}

interface KeyParts {
  readonly publicParts: readonly (string | Buffer)[];
  readonly privateParts: readonly (string | Buffer)[];
}

function partsOf(key: KeyObject): KeyParts | undefined {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (key.asymmetricKeyType === "ec" && !curve) return undefined;
  const jwk = key.export({ format: "jwk" });
  const bytes = (name: "n" | "e" | "d" | "p" | "q" | "qi" | "x" | "y") => Buffer.from(jwk[name] ?? "", "base64url");
  const number = (name: "n" | "e" | "d" | "p" | "q" | "qi") => unsigned(bytes(name));
  if (jwk.kty === "RSA") {
    return {
      publicParts: ["ssh-rsa", number("e"), number("n")],
      privateParts: ["ssh-rsa", ...(["n", "e", "d", "qi", "p", "q"] as const).map(number)],
    };
  }
  if (jwk.kty === "OKP") {
    const type = "ssh-ed25519";
    const seedAndPublic = Buffer.concat([bytes("d"), bytes("x")]);
    return { publicParts: [type, bytes("x")], privateParts: [type, bytes("x"), seedAndPublic] };
  }
  const type = `ecdsa-sha2-${curve}`;
  const point = Buffer.concat([Buffer.from([4]), bytes("x"), bytes("y")]);
  return { publicParts: [type, curve ?? "", point], privateParts: [type, curve ?? "", point, unsigned(bytes("d"))] };
}

function privateKeyFile(publicBlob: Buffer, privateParts: KeyParts["privateParts"]): Buffer {
  const check = randomBytes(4);
  const comment = string("");
  const secret = Buffer.concat([check, check, ...privateParts.map(string), comment]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  return Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(publicBlob),
    string(Buffer.concat([secret, padding])),
  ]);
}

/** A number that must not look negative: a zero byte before a set first bit. */
function unsigned(bytes: Buffer): Buffer {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const digits = bytes.subarray(first);
  return (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
}

function string(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as Buffer);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
