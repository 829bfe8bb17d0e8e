import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { runSql } from "../../../local-cloud/postgres/sql-connection";

const message = (type: string, body: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
};

let directory: string;
let server: Server;
let answer: Buffer;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "sql-"));
  server = createServer((client) => {
    client.once("data", () => {
      client.write(Buffer.concat([message("R", "\0\0\0\0"), message("Z", "I")]));
      client.once("data", () => client.end(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(path.join(directory, "socket"), resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

test("a session that the server ends fails with what the server said, or says that it is closed", async () => {
  const target = { socket: path.join(directory, "socket"), database: "app" };
  answer = message("E", "SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");
  await expect(runSql(target, "select 1", 5)).rejects.toThrow("terminating connection due to administrator command");
  answer = Buffer.alloc(0);
  await expect(runSql(target, "select 1", 5)).rejects.toThrow("connection closed");
});
