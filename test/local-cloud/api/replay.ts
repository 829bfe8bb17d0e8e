import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpAnswer, HttpClient } from "./http-client";

/** One request of a real provider and what it was answered. `status` "drop": the connection was closed. */
export interface Exchange {
  readonly case?: string;
  readonly step: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>> | null;
  readonly request_body: unknown;
  readonly status: number | "drop";
  readonly response_body: unknown;
}

/** The exchanges of one recording. */
export function readTranscript(name: string): Exchange[] {
  const file = join(__dirname, "fixtures", "provider-transcripts", `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Exchange[];
}

/** Fields that name objects: the recording's names are exchanged for ours. */
const identifiers = ["id", "uuid", "ip", "fingerprint"];
/**
 * Fields that are the emulation's own; only their type is compared. `message` is for people, a minor version is the
 * platform's, the ranges are those of the local edge.
 */
const volatile = [
  ...[
    "created_at",
    "started_at",
    "completed_at",
    "created_on",
    "modified_on",
    "uploaded_on",
    "expires_on",
    "revoked_at",
  ],
  ...["last_updated", "request_id", "message", "href", "uri", "host", "password", "ip_address", "semantic_version"],
  ...["urn", "last_tagged_uri", "project_id", "etag", "ipv4_cidrs", "ipv6_cidrs", "issuer", "serial_number"],
];

/** Sends recorded requests and holds the answers against the recorded ones. */
export class Replay {
  private readonly ours = new Map<string, string>();

  constructor(private readonly client: HttpClient) {}

  /** From now on `recorded` stands for `own` in requests and answers. */
  map(recorded: string | number, own: string | number): void {
    this.ours.set(`${recorded}`, `${own}`);
  }

  /** Our name of an object; the recorded one if it is unknown. */
  own(recorded: string): string {
    return this.ours.get(recorded) ?? recorded;
  }

  /** Returns what differs: status, fields that are missing, values that are not as recorded. */
  async send(exchange: Exchange, client: HttpClient = this.client): Promise<string[]> {
    const query = new URLSearchParams(exchange.query ?? {}).toString();
    const path = this.translate(exchange.path) + (query === "" ? "" : `?${query}`);
    const body =
      exchange.request_body === null ? undefined : JSON.parse(this.translate(JSON.stringify(exchange.request_body)));
    let answer: HttpAnswer;
    try {
      answer = await client.call(exchange.method, path, body);
    } catch (error) {
      return exchange.status === "drop" ? [] : [`connection closed instead of ${exchange.status}: ${String(error)}`];
    }
    if (answer.status !== exchange.status) {
      return [`status ${answer.status} instead of ${exchange.status}: ${JSON.stringify(answer.body)}`];
    }
    if (exchange.response_body === null) return [];
    return this.differences(exchange.response_body, answer.body, "");
  }

  private translate(text: string): string {
    let translated = text;
    for (const [recorded, own] of this.ours) translated = translated.replaceAll(recorded, own);
    return translated;
  }

  private differences(recorded: unknown, own: unknown, path: string): string[] {
    const key =
      path
        .split(".")
        .at(-1)
        ?.replace(/\[\d+\]$/, "") ?? "";
    if (isSample(recorded)) return typeof own === "string" ? [] : [`${path}: not a text`];
    // The vendors' lists may be null when they are empty.
    if (recorded === null && Array.isArray(own) && own.length === 0) return [];
    if (Array.isArray(recorded)) {
      if (!Array.isArray(own)) return [`${path}: a list was recorded, got ${short(own)}`];
      if (volatile.includes(key)) return [];
      if (own.length !== recorded.length) return [`${path}: ${recorded.length} entries recorded, got ${short(own)}`];
      return recorded.flatMap((entry, index) => this.differences(entry, own[index], `${path}[${index}]`));
    }
    if (typeof recorded === "object" && recorded !== null) {
      if (typeof own !== "object" || own === null) return [`${path}: an object was recorded, got ${short(own)}`];
      return Object.entries(recorded).flatMap(([name, value]) =>
        name in own
          ? this.differences(value, (own as Record<string, unknown>)[name], `${path}.${name}`)
          : [`${path}.${name}: missing`],
      );
    }
    if (identifiers.includes(key) && isNameLike(recorded)) return this.meet(String(recorded), String(own), path);
    if (volatile.includes(key)) {
      return typeof recorded === typeof own || recorded === null
        ? []
        : [`${path}: ${typeof recorded} recorded, got ${typeof own}`];
    }
    const expected = typeof recorded === "string" ? this.translate(recorded) : recorded;
    const same =
      expected === own || (typeof recorded === "number" && `${own as number}` === this.translate(`${recorded}`));
    return same ? [] : [`${path}: ${JSON.stringify(expected)} recorded, got ${short(own)}`];
  }

  private meet(recorded: string, own: string, path: string): string[] {
    const known = this.ours.get(recorded);
    if (known === undefined) this.ours.set(recorded, own);
    return known === undefined || known === own ? [] : [`${path}: expected the object ${known}, got ${own}`];
  }
}

/** Ids are long and hold digits; the `id` of an error or of a zone setting is a word, and compared as such. */
function isNameLike(value: unknown): boolean {
  const text = String(value);
  return text.length >= 6 && /\d/.test(text) && !text.includes("_");
}

/** Recordings hold placeholders in the place of certificates that only a real authority can make. */
function isSample(value: unknown): boolean {
  return (
    typeof value === "string" &&
    (value.includes("EXAMPLE-") || value.startsWith("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkVYQU1QTEUt"))
  );
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 200);
}
