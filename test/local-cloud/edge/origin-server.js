// Origins for the edge's tests, in a process of their own because they live in another network namespace.
// usage: node origin-server.js SETTINGS-FILE, a JSON array of { address, port, key?, certificate?, clientAuthority?, garbage? }
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const http = require("node:http");
const http2 = require("node:http2");
const net = require("node:net");

let arrived = 0;
let slow = 0;

function answer(request, response) {
  const { method, url, headers, httpVersion } = request;
  const socket = request.stream?.session.socket ?? request.socket;
  arrived++;
  if (url === "/hang-up") return void (request.stream?.session ?? socket).destroy();
  if (url === "/no-answer") return;
  if (url === "/own-error") return void response.writeHead(502).end("the origin's own page");
  const seen = {
    method,
    url,
    headers,
    client: socket.getPeerCertificate?.().subject?.CN,
    tls: socket.encrypted === true,
    httpVersion,
    address: socket.remoteAddress,
    port: socket.remotePort,
    // How many requests there were so far, at all of these origins.
    arrived,
    // How many requests for /slow have no answer yet.
    slow,
  };
  response.setHeader("content-type", "application/json");
  if (url !== "/slow") return void response.end(JSON.stringify(seen));
  slow++;
  setTimeout(() => slow-- && response.end(JSON.stringify(seen)), 500);
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
  const client = { ca: clientAuthority, requestCert: Boolean(clientAuthority), rejectUnauthorized: false };
  return http2.createSecureServer({ key, cert: certificate, allowHTTP1: true, ...client }, answer);
}

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
let waiting = settings.length;
for (const setting of settings) {
  createOrigin(setting)
    .on("upgrade", upgrade)
    .listen(setting.port, setting.address, () => --waiting === 0 && process.stdout.write("ready\n"));
}
