import { createServer, type Server } from "node:net";
import { waitUntil } from "../../programs/wait-until";

/**
 * Does `work` while no other process of this machine does work of the same name; waits for its turn up to 30 s. The lock
 * is an abstract socket: the kernel gives it back when its holder ends, however that comes about, and no file is left.
 */
export async function withHostLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const server = await waitUntil(`end of what another process does with ${name}`, 30, () => tryListen(name), 50);
  try {
    return await work();
  } finally {
    server.close();
  }
}

function tryListen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(`\0${name}`, () => resolve(server));
  });
}
