// Origins for the edge's tests, in a process of their own because they live in another network namespace.
// usage: node origin-server.js SETTINGS-FILE, a JSON array of { address, port, key?, certificate?, clientAuthority?, garbage? }
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");

function answer(request, response) {
  if (request.url === "/hang-up") return void request.socket.destroy();
  if (request.url === "/own-error") return void response.writeHead(502).end("the origin's own page");
  const client = request.socket.getPeerCertificate?.();
  const { method, url, headers, socket } = request;
  const seen = {
    method,
    url,
    headers,
    client: client?.subject?.CN,
    tls: socket.encrypted === true,
    port: socket.remotePort,
  };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(seen));
}

/** A websocket that says back what it hears, frames and all. */
function upgrade(request, socket) {
  const accept = createHash("sha1").update(
    request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
  );
  const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  socket.write([...head, `Sec-WebSocket-Accept: ${accept.digest("base64")}`, "", ""].join("\r\n"));
  socket.pipe(socket);
}

function createOrigin({ key, certificate, clientAuthority, garbage }) {
  // Not before it was asked: a connection that is closed with something unread is reset, maybe before the edge has it.
  if (garbage)
    return net.createServer((socket) =>
      socket.on("error", () => {}).once("data", () => socket.end("this is no TLS\n")),
    );
  if (!key) return http.createServer(answer);
  return https.createServer(
    { key, cert: certificate, ca: clientAuthority, requestCert: Boolean(clientAuthority), rejectUnauthorized: false },
    answer,
  );
}

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
let waiting = settings.length;
for (const setting of settings) {
  createOrigin(setting)
    .on("upgrade", upgrade)
    .listen(setting.port, setting.address, () => --waiting === 0 && process.stdout.write("ready\n"));
}
