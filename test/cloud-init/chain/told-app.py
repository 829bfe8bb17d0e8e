"""An application for tests that is told by the path what to say. Usage: told-app.py ADDRESS PORT

    /says/HEADERS/STATUS/PAGE     HEADERS is the base64url of JSON, [[name, value], ...]

Every answer says in X-Made-For, as JSON, whose request it was made for, and so does its body.
"""

from __future__ import annotations

import base64
import http.server
import json
import sys

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        _, what, *rest = self.path.split("?")[0].split("/")
        told, status = (json.loads(base64.urlsafe_b64decode(rest[0] + "==")), int(rest[1])) if what == "says" else ([], 200)
        names = ("x-visit", "host", "cookie", "authorization", "accept-language")
        made_for = {name: self.headers.get(name) for name in names} | {"method": self.command, "target": self.path}
        body = json.dumps(made_for).encode()
        self.send_response(status)
        for name, value in [*told, ["X-Made-For", body.decode()], ["Content-Type", "application/json"]]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = handle_any

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


Server((ADDRESS, PORT), App).serve_forever()
