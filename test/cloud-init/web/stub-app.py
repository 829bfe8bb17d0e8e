"""An app node for tests: says what it was asked, and misbehaves on request. Usage: stub-app.py NAME ADDRESS"""

import http.server
import json
import sys
import time

NAME, ADDRESS = sys.argv[1:]
seen: list[str] = []


class Stub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        path = self.path.split("?")[0]
        if path == "/healthz":
            return self.reply(200, "ok")
        if path == "/seen":
            return self.reply(200, json.dumps(seen))
        seen.append(f"{self.command} {self.path}")
        if path == f"/break-on-{NAME}":
            self.close_connection = True
            return None
        if path == "/upgrade":
            self.send_response_only(101)
            self.send_header("Upgrade", self.headers["upgrade"])
            self.send_header("Connection", "upgrade")
            # For the key in the example of RFC 6455, 1.3.
            self.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            self.end_headers()
            self.wfile.write(b"hello")
            self.close_connection = True
            return None
        if path == "/slow":
            time.sleep(2)
        headers = {"/cached": {"Cache-Control": "max-age=60"}, "/framed": {"X-Frame-Options": "DENY"}}.get(path, {})
        status = 503 if path == "/own-503" else 200
        self.reply(status, json.dumps({"node": NAME, "headers": {k.lower(): v for k, v in self.headers.items()},
                                       "filler": "x" * 2000}), headers)

    do_GET = do_HEAD = do_POST = handle_any

    def reply(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", "X-App-Node": NAME, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


http.server.ThreadingHTTPServer((ADDRESS, 8000), Stub).serve_forever()
