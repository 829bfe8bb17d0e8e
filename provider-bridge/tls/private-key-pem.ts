import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** Name that Terraform has for the algorithm of a key. */
export function algorithmName(key: KeyObject): string {
  const names: Readonly<Record<string, string>> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };
  const name = names[key.asymmetricKeyType ?? ""];
  if (name) return name;
  throw new Error(`unsupported private key type, got ${key.asymmetricKeyType}, allowed rsa, ec, ed25519`);
}

/** Reads a private key; the message does not repeat the text, which may be a secret. */
export function parsePrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error("Failed to parse private key PEM");
  }
}

/** The public key as SubjectPublicKeyInfo (DER). */
export function publicKeyInfo(key: KeyObject): Buffer {
  return (key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" });
}
