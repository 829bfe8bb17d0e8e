// usage: loopback-process.ts PORT SOCKET      forwards 127.0.0.1:PORT to the unix socket until it is ended
import { LoopbackForwarder } from "./loopback-forwarder";

const [port, socket] = process.argv.slice(2);
if (port === undefined || socket === undefined) throw new Error("usage: loopback-process.ts PORT SOCKET");
LoopbackForwarder.start({ port: Number(port), socket }).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
