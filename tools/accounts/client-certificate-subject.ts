import { X509Certificate } from "node:crypto";
import type { Entry } from "./read-api";

/** The common name of a client certificate in a zone; empty when there is none to read. */
export function subjectOf(entry: Entry): string {
  try {
    return /^CN=(.*)$/m.exec(new X509Certificate(String(entry["certificate"])).subject)?.[1] ?? "";
  } catch {
    return "";
  }
}
