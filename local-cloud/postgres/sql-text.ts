import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const ITERATIONS = 4096;

/** A name as SQL, quoted. */
export function quoteIdentifier(name: string): string {
  return `"${refuseNul(name).replaceAll('"', '""')}"`;
}

/** A text as SQL, quoted; right with `standard_conforming_strings` on, which is the default. */
export function quoteLiteral(text: string): string {
  return `'${refuseNul(text).replaceAll("'", "''")}'`;
}

/**
 * What PostgreSQL stores of a password (RFC 5803), so that the password itself is in no statement and no log.
 * The password is taken as it is: characters outside ASCII are not normalised (SASLprep).
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`;
}

function refuseNul(text: string): string {
  if (text.includes("\0")) throw new Error("SQL text: must not hold a NUL character");
  return text;
}
