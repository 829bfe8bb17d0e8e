import { isLate } from "./late-values";
import type { Problem } from "./problems";
import { secretKind } from "./value-checks";

/** Problems of PEM text (RFC 7468), a certificate or a key; may be late. */
export function checkPem(path: string, text: string): Problem[] {
  return check(path, text, "[A-Z0-9 ]+", "PEM (-----BEGIN … END-----)");
}

/** Problems of PEM certificates, one or more; may be late. */
export function checkCertificates(path: string, text: string): Problem[] {
  return check(path, text, "CERTIFICATE", "PEM certificates (-----BEGIN CERTIFICATE-----)");
}

/** A key is a secret: the text is in no message. */
function check(path: string, text: string, label: string, what: string): Problem[] {
  const pattern = new RegExp(`^-----BEGIN ${label}-----\r?\n[\t\n\r -~]+\n-----END ${label}-----\\s*$`);
  if (isLate(text) || (typeof text === "string" && pattern.test(text))) return [];
  const found = typeof text === "string" ? `${text.length} characters of something else` : secretKind(text);
  return [{ path, message: `must be ${what}, got ${found}` }];
}
