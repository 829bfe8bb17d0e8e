import { spawn } from "node:child_process";
import { connect } from "node:net";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import path from "node:path";
import { waitUntil } from "../../programs/wait-until";
import type { LocalCloud } from "../client/local-cloud";
import { tsxCommand } from "../../programs/tsx-command";
import { UserError } from "../../programs/user-error";

/** Serves the edge at 127.0.0.1:`port`, until the cloud ends. Once for a cloud: a second call changes nothing. */
export async function serveOnLoopback(cloud: LocalCloud, port: number): Promise<void> {
  if (existsSync(cloud.directory.port)) return;
  if (await answers(port)) throw new UserError(`--port: ${port} is in use on 127.0.0.1; take another one`);
  const forwarder = tsxCommand(path.join(__dirname, "loopback-process.ts"));
  const [program, ...args] = await cloud.outerCloud.accompany([...forwarder, String(port), cloud.directory.edgeSocket]);
  const log = openSync(cloud.directory.loopbackLog, "a", 0o600);
  const child = spawn(program!, args, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  await waitUntil(`the site on 127.0.0.1:${port} (see ${cloud.directory.loopbackLog})`, 20, () => answers(port), 50);
  writeFileSync(cloud.directory.port, String(port));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
