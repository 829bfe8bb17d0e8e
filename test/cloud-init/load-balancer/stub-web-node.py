"""A web node for tests. Says its name, from which port it was asked, and with which headers; its agent, on port 8501, says what is in FILE.
/download and /report?SECONDS take so long, with and without a byte meanwhile; an upgrade is answered by an echo.
Usage: stub-web-node.py NAME ADDRESS FILE"""

import http.server
import json
import socketserver
import sys
import threading
import time

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

    def do_GET(self) -> None:
        if "upgrade" in self.headers:
            return self.echo()
        if self.path.startswith("/download"):
            return self.download(int(self.path.partition("?")[2]))
        self.handle_any()

    def do_POST(self) -> None:
        if self.path.startswith("/report"):
            time.sleep(int(self.path.partition("?")[2]))
        self.handle_any()

    def download(self, seconds: int) -> None:
        self.send_response_only(200)
        self.send_header("Content-Length", str(seconds * 10))
        self.end_headers()
        for _ in range(seconds * 10):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def echo(self) -> None:
        self.close_connection = True
        self.send_response_only(101)
        self.send_header("Connection", "upgrade")
        self.send_header("Upgrade", "websocket")
        # To the key of RFC 6455, section 1.3.
        self.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.end_headers()
        while data := self.connection.recv(100):
            self.connection.sendall(data)

    def log_message(self, *_: object) -> None:
        pass


class Agent(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with open(FILE, encoding="utf-8") as file:
            self.request.sendall(file.read().encode())


threading.Thread(target=socketserver.ThreadingTCPServer((ADDRESS, 8501), Agent).serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer((ADDRESS, 80), Site).serve_forever()
