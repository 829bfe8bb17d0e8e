"""An application that says what it was given, and misbehaves in the way that its first argument says."""

import http.server
import json
import os
import socket
import sys

behaviour = sys.argv[1] if len(sys.argv) > 1 else "serve"
port = int(os.environ["PORT"])


def may_write(directory: str) -> bool:
    try:
        with open(f"{directory}/probe", "w", encoding="utf-8") as file:
            file.write("written")
    except OSError:
        return False
    return True


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        with open("/proc/self/status", encoding="utf-8") as file:
            status = dict(line.rstrip("\n").split(":", 1) for line in file)
        content = {
            "arguments": sys.argv[1:],
            "environment": dict(os.environ),
            "user": os.getuid(),
            "capabilities": status["CapEff"].strip(),
            "writable": {path: may_write(path) for path in ("/run", "/tmp", "/srv/cache", "/srv", "/etc")},
            "address": socket.gethostbyname("ldap.internal"),
        }
        body = json.dumps(content).encode()
        self.send_response(404 if behaviour == "lost" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if behaviour == "write":
    open("/srv/uploads.db", "w", encoding="utf-8")
if behaviour == "chown":
    os.chown("/tmp", 33, 33)
if behaviour == "low":
    port = 80
if behaviour == "other":
    port = 4000
print(f"starting, {behaviour}", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1" if behaviour == "local" else "0.0.0.0", port), Server).serve_forever()
