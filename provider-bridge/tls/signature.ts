import { sign, type KeyObject } from "node:crypto";
import { bitString, nothing, objectId, sequence } from "./der";

interface Algorithm {
  /** Object identifier of the signature algorithm. */
  readonly id: string;
  /** undefined: the algorithm hashes by itself. */
  readonly hash: string | undefined;
  readonly hasNullParameters: boolean;
}

/** The identifier of the algorithm that `signDer` uses with a key. */
export function signatureAlgorithm(key: KeyObject): Buffer {
  const { id, hasNullParameters } = algorithmOf(key);
  return sequence(objectId(id), ...(hasNullParameters ? [nothing()] : []));
}

/** Signs the first part of a certificate or request and puts the whole together. */
export function signDer(part: Buffer, key: KeyObject): Buffer {
  return sequence(part, signatureAlgorithm(key), bitString(sign(algorithmOf(key).hash, part, key)));
}

/** RSA and the curves up to P-256 with SHA-256, larger curves with a hash of their size. */
function algorithmOf(key: KeyObject): Algorithm {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return { id: "1.2.840.113549.1.1.11", hash: "sha256", hasNullParameters: true };
    case "ed25519":
      return { id: "1.3.101.112", hash: undefined, hasNullParameters: false };
    case "ec": {
      const size = { secp384r1: 384, secp521r1: 512 }[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? 256;
      const last = { 256: 2, 384: 3, 512: 4 }[size];
      return { id: `1.2.840.10045.4.3.${last}`, hash: `sha${size}`, hasNullParameters: false };
    }
    default:
      throw new Error(`unsupported private key type, got ${key.asymmetricKeyType}, allowed rsa, ec, ed25519`);
  }
}
