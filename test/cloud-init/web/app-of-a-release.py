"""An application of which a share of the requests fails. Usage: app-of-a-release.py ADDRESS PORT PERCENT [MILLISECONDS]

/healthz always answers 200. Of every hundred other requests PERCENT get 500, spread evenly, and -PERCENT no answer; all take
MILLISECONDS. The answer names the node.
"""

import http.server
import itertools
import sys
import time

ADDRESS, PORT, PERCENT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
MILLISECONDS = int(sys.argv[4]) if len(sys.argv) > 4 else 0
count = itertools.count(1)


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        fails = False
        if self.path != "/healthz":
            number = next(count)
            fails = number * abs(PERCENT) // 100 > (number - 1) * abs(PERCENT) // 100
            time.sleep(MILLISECONDS / 1000)
        if fails and PERCENT < 0:
            self.close_connection = True
            return
        body = ADDRESS.encode()
        self.send_response(500 if fails else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


http.server.ThreadingHTTPServer((ADDRESS, PORT), App).serve_forever()
