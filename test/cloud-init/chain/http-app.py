"""An application for tests of what HTTP looks like to it. Usage: http-app.py ADDRESS PORT

Every request is a line of /srv/arrivals, which all nodes share: its address, method and target. The first part of the
path says what is answered:

    /echo             JSON: node, method, target, headers
    /slow/SECONDS     like /echo, after a while
    /lines, /old-lines, /endless-lines
                      five lines, each written when /srv/lines-read says that the visitor has those before it:
                      chunked; of HTTP/1.0; of HTTP/1.1, until the connection ends
    /events/SECONDS   two events with so much silence between them
    /websocket        what comes is sent back
    /upload           JSON: length of the body, and how its end was known; a second line of /srv/arrivals when it begins
    /big/MIB          zeros
    /cookies/KIB      so much Set-Cookie
    /cached/KIND      the visitor's cookie, to be kept for a minute: "silent" about who may have it, "public", "shared",
                      or "setting" a cookie besides
    /redirect         to another page, with scheme and host as the visitor has them
    /document         with an entity tag; ranges and conditions are understood
    /trailers         an answer with a trailer
    /css/             404
    /assets/          404 on every node but the last, as if the others were of another release
"""

from __future__ import annotations

import http.server
import json
import pathlib
import sys
import time

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
DOCUMENT = b"0123456789"
CACHED = {"silent": "max-age=60", "public": "public, max-age=60", "shared": "s-maxage=60", "setting": "public, max-age=60"}


def arrived(text: str) -> None:
    with open("/srv/arrivals", "a", encoding="utf-8") as file:
        file.write(f"{ADDRESS} {text}\n")


def have_been_read(lines: int) -> bool:
    for _ in range(1000):
        if pathlib.Path("/srv/lines-read").read_text() == str(lines):
            return True
        time.sleep(0.01)
    return False


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        _, what, *rest = self.path.split("?")[0].split("/")
        if what not in ("healthz", "ready"):
            arrived(f"{self.command} {self.path}")
        method = getattr(self, f"answer_{what.replace('-', '_')}", None)
        if method is None:
            return self.echo()
        method(*rest)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def echo(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.reply(200, {"node": ADDRESS, "method": self.command, "target": self.path, "headers": headers})

    def answer_slow(self, seconds: str) -> None:
        time.sleep(float(seconds))
        self.echo()

    def answer_lines(self) -> None:
        self.write_lines(chunked=True)

    def answer_old_lines(self) -> None:
        self.protocol_version = "HTTP/1.0"
        self.write_lines(chunked=False)

    def answer_endless_lines(self) -> None:
        self.write_lines(chunked=False)

    def write_lines(self, chunked: bool) -> None:
        self.begin({"Content-Type": "text/plain", **({"Transfer-Encoding": "chunked"} if chunked else {})})
        for number in range(5):
            if not have_been_read(number):
                break
            line = f"line {number}\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line) if chunked else line)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def answer_events(self, seconds: str) -> None:
        self.begin({"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "Transfer-Encoding": "chunked"})
        self.wfile.write(b"d\r\ndata: first\n\n\r\n")
        time.sleep(float(seconds))
        self.wfile.write(b"e\r\ndata: second\n\n\r\n0\r\n\r\n")

    def answer_websocket(self) -> None:
        self.send_response_only(101)
        self.send_header("Upgrade", "websocket")
        # For the key in the example of RFC 6455, 1.3.
        self.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.send_header("Connection", "upgrade")
        self.end_headers()
        while text := self.connection.recv(65536):
            self.connection.sendall(text)
        self.close_connection = True

    def answer_upload(self, *_: str) -> None:
        length = self.headers.get("content-length")
        arrived("body begins")
        size = sum(map(len, self.chunks())) if length is None else self.read_all(int(length))
        self.reply(200, {"length": size, "framing": "chunked" if length is None else "content-length"})

    def chunks(self):
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def read_all(self, length: int) -> int:
        left = length
        while left > 0 and (part := self.rfile.read(min(left, 1 << 16))):
            left -= len(part)
        return length - left

    def answer_big(self, mebibytes: str) -> None:
        self.begin({"Content-Type": "application/octet-stream", "Content-Length": str(int(mebibytes) << 20)})
        for _ in range(int(mebibytes)):
            self.wfile.write(bytes(1 << 20))

    def answer_cookies(self, kibibytes: str) -> None:
        self.send_response_only(200)
        for number in range(int(kibibytes)):
            self.send_header("Set-Cookie", f"c{number:03}={'x' * 1007}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_cached(self, kind: str, *_: str) -> None:
        headers = {"Cache-Control": CACHED[kind], **({"Set-Cookie": "seen=1"} if kind == "setting" else {})}
        self.reply(200, {"cookie": self.headers.get("cookie"), "authorization": self.headers.get("authorization")}, headers)

    def answer_redirect(self) -> None:
        where = f"{self.headers['x-forwarded-proto']}://{self.headers['host']}/other?a=b"
        self.reply(302, {}, {"Location": where})

    def answer_document(self) -> None:
        headers = {"ETag": '"1"', "Accept-Ranges": "bytes"}
        if self.headers.get("if-none-match") == '"1"':
            self.send_response_only(304)
            self.send_header("ETag", '"1"')
            return self.end_headers()
        status, body = 200, DOCUMENT
        if self.headers.get("range") == "bytes=2-4":
            status, body = 206, DOCUMENT[2:5]
            headers["Content-Range"] = "bytes 2-4/10"
        self.begin({**headers, "Content-Length": str(len(body))}, status)
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_trailers(self) -> None:
        self.begin({"Trailer": "X-Sum", "Transfer-Encoding": "chunked"})
        self.wfile.write(b"4\r\nbody\r\n0\r\nX-Sum: 4\r\n\r\n")

    def answer_css(self, *_: str) -> None:
        self.reply(404, {})

    def answer_assets(self, *_: str) -> None:
        self.reply(200 if ADDRESS.endswith(".6") else 404, {"node": ADDRESS})

    def begin(self, headers: dict[str, str], status: int = 200) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def reply(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.begin({"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}, status)
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


Server((ADDRESS, PORT), App).serve_forever()
