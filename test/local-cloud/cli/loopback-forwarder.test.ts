import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { LoopbackForwarder } from "../../../local-cloud/cli/loopback-forwarder";

describe("loopback forwarder", () => {
  let directory: string;
  let socket: string;
  let server: Server;

  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "forwarder-"));
    socket = path.join(directory, "far.sock");
    // Says back what it hears once the other side has ended.
    server = createServer({ allowHalfOpen: true }, (connection) => {
      const heard: Buffer[] = [];
      connection.on("data", (chunk) => heard.push(chunk));
      connection.on("end", () => connection.end(Buffer.concat(heard)));
      connection.on("error", () => connection.destroy());
    });
    server.listen(socket);
    await once(server, "listening");
  });

  afterEach(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  async function exchange(port: number, sent: Buffer): Promise<Buffer> {
    const connection = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
    connection.end(sent);
    return Buffer.concat((await connection.toArray()) as Buffer[]);
  }

  test("carries everything both ways, whoever ends first", async () => {
    await using forwarder = await LoopbackForwarder.start({ socket });
    const sent = Buffer.alloc(3_000_000, "x");
    const received = await exchange(forwarder.port, sent);
    expect(received.equals(sent)).toBe(true);
  });

  test("fails a connection when nothing listens behind it, and goes on", async () => {
    await using forwarder = await LoopbackForwarder.start({ socket: path.join(directory, "nothing.sock") });
    for (let count = 0; count < 2; count++) {
      const outcome = await exchange(forwarder.port, Buffer.from("x")).catch((error: Error) => error);
      expect(outcome instanceof Error || outcome.length === 0).toBe(true);
    }
  });

  test("closes connections above its limit at once", async () => {
    await using forwarder = await LoopbackForwarder.start({ socket, maximumConnections: 1 });
    const first = createConnection(forwarder.port, "127.0.0.1");
    await once(first, "connect");
    const second = createConnection(forwarder.port, "127.0.0.1").on("error", () => undefined);
    await once(second, "close");
    expect(first.destroyed).toBe(false);
    first.destroy();
  });

  test("fails to start on a port that is taken", async () => {
    await using forwarder = await LoopbackForwarder.start({ socket });
    await expect(LoopbackForwarder.start({ socket, port: forwarder.port })).rejects.toThrow("EADDRINUSE");
  });

  test("closed, it leaves no connection open", async () => {
    const forwarder = await LoopbackForwarder.start({ socket });
    const visitor = createConnection(forwarder.port, "127.0.0.1").on("error", () => undefined);
    await once(visitor, "connect");
    const closed = once(visitor, "close");
    await forwarder[Symbol.asyncDispose]();
    await closed;
  });
});
