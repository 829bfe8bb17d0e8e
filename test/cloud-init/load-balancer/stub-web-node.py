"""A web node for tests. Says its name, from which port it was asked, and with which headers; its agent, on port 8501, says what is in FILE.
Usage: stub-web-node.py NAME ADDRESS FILE"""

import http.server
import json
import socketserver
import sys
import threading

NAME, ADDRESS, FILE = sys.argv[1:]


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({"node": NAME, "port": self.client_address[1], "headers": headers}).encode()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_any

    def log_message(self, *_: object) -> None:
        pass


class Agent(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with open(FILE, encoding="utf-8") as file:
            self.request.sendall(file.read().encode())


threading.Thread(target=socketserver.ThreadingTCPServer((ADDRESS, 8501), Agent).serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer((ADDRESS, 80), Site).serve_forever()
