import { createConnection, type Socket } from "node:net";

const PROTOCOL_3_0 = 196608;

/** One row of an answer; a NULL is undefined. */
export type Row = ReadonlyArray<string | undefined>;

export interface SqlTarget {
  /** Path of the server's unix socket. */
  readonly socket: string;
  readonly database: string;
  /** As one of the connections of replication, which PostgreSQL counts apart from those of its clients. */
  readonly uncounted?: boolean;
  /** @default postgres */
  readonly user?: string;
  /** `application_name` of the session. @default cloud */
  readonly name?: string;
}

/**
 * Runs SQL on a server of this machine, as `postgres` if no other user is named, and returns the rows of its last statement. Several statements
 * are one transaction. The server must trust the peer of its unix socket, so no password is involved.
 * Rejects with the server's message, or after `limitSeconds`.
 * Speaks the simple query protocol: https://www.postgresql.org/docs/17/protocol-flow.html
 */
export function runSql(target: SqlTarget, sql: string, limitSeconds: number): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const { socket } = target;
    const connection = createConnection(socket);
    const limit = setTimeout(() => end(new Error(`no answer within ${limitSeconds} s`)), limitSeconds * 1000);
    const end = (error: Error | undefined, rows: Row[] = []) => {
      clearTimeout(limit);
      connection.destroy();
      if (error) reject(new Error(`postgres at ${socket}: ${error.message}`));
      else resolve(rows);
    };
    connection.once("error", end);
    connection.once("connect", () => connection.write(startupMessage(target)));
    converse(connection, sql, end);
  });
}

function converse(connection: Socket, sql: string, end: (error: Error | undefined, rows?: Row[]) => void): void {
  let rows: Row[] = [];
  let failure: Error | undefined;
  let asked = false;
  // A session that the server ends gets its reason first.
  connection.once("close", () => end(failure ?? new Error("connection closed")));
  forEachMessage(connection, (type, body) => {
    if (type === "R" && body.readInt32BE(0) !== 0) end(new Error("the server wants a password"));
    else if (type === "T") rows = [];
    else if (type === "D") rows.push(parseRow(body));
    else if (type === "E") failure = parseError(body);
    else if (type === "Z" && !asked) {
      asked = true;
      connection.write(message("Q", Buffer.from(`${sql}\0`)));
    } else if (type === "Z") {
      connection.end(message("X", Buffer.alloc(0)));
      end(failure, rows);
    }
    // An error before the server is ready for a query ends the connection.
    if (type === "E" && !asked) end(failure);
  });
}

function forEachMessage(connection: Socket, handle: (type: string, body: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  connection.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5) {
      const end = 1 + pending.readUInt32BE(1);
      if (pending.length < end) return;
      handle(String.fromCharCode(pending[0]!), pending.subarray(5, end));
      pending = pending.subarray(end);
    }
  });
}

function startupMessage({ database, uncounted, user = "postgres", name = "cloud" }: SqlTarget): Buffer {
  const more = uncounted ? ["replication", "database"] : [];
  const parameters = ["user", user, "database", database, "application_name", name, ...more, ""];
  const body = Buffer.concat([int32(PROTOCOL_3_0), Buffer.from(parameters.join("\0") + "\0")]);
  return Buffer.concat([int32(body.length + 4), body]);
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function parseRow(body: Buffer): Row {
  const row: Array<string | undefined> = [];
  let at = 2;
  for (let column = body.readInt16BE(0); column > 0; column--) {
    const length = body.readInt32BE(at);
    at += 4;
    row.push(length === -1 ? undefined : body.toString("utf8", at, at + length));
    at += Math.max(length, 0);
  }
  return row;
}

function parseError(body: Buffer): Error {
  const fields = new Map(
    body
      .toString("utf8")
      .split("\0")
      .map((field) => [field[0], field.slice(1)]),
  );
  return new Error(`${fields.get("M")} (${fields.get("C")})`);
}
