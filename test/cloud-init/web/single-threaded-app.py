"""An application that does one thing at a time, as many do. Usage: single-threaded-app.py NAME ADDRESS

GET /sleep/SECONDS takes that long, and GET /until/NAME until there is a file /srv/NAME; everything else answers at once, with
NAME. It refuses any other Host than the site's, and plain HTTP, as Django and Rails do.
"""

import http.server
import os
import sys
import time

NAME, ADDRESS = sys.argv[1:]


class Stub(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.headers["host"] != "www.example.com":
            return self.reply(400, "wrong host\n")
        if self.headers["x-forwarded-proto"] != "https":
            return self.reply(301, "")
        if self.path.startswith("/sleep/"):
            time.sleep(float(self.path.split("/")[2]))
        if self.path.startswith("/until/"):
            while not os.path.exists(f"/srv/{self.path.split('/')[2]}"):
                time.sleep(0.05)
        self.reply(200, f"{NAME}\n")

    def reply(self, status: int, text: str) -> None:
        self.send_response_only(status)
        if status == 301:
            self.send_header("Location", f"https://www.example.com{self.path}")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.HTTPServer):
    request_queue_size = 128


Server((ADDRESS, 8000), Stub).serve_forever()
