"""A server on port 8000 and its visitors. KEPT connections have had an answer and stay open; one more request (with SECONDS
greater than 0) is answered after SECONDS. Makes /run/connected when all have begun; says how many were still kept when the
answer came, and how much time lay between the first and the last end of a kept connection.
Usage: visit-while-draining.py KEPT SECONDS"""

import http.client
import http.server
import select
import socket
import sys
import threading
import time

KEPT, SECONDS = int(sys.argv[1]), int(sys.argv[2])


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        time.sleep(int(self.path.removeprefix("/")))
        self.send_response_only(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Listener(http.server.ThreadingHTTPServer):
    request_queue_size = 1000

    def handle_error(self, *_: object) -> None:
        """Connections end while the server waits for the next request: that is what is tested."""


def connect(path: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", 8000)
    connection.request("POST", path)
    return connection


threading.Thread(target=Listener(("127.0.0.1", 8000), Server).serve_forever, daemon=True).start()
kept = [connect("/0") for _ in range(KEPT)]
for connection in kept:
    connection.getresponse().read()
slow = connect(f"/{SECONDS}") if SECONDS else None
open("/run/connected", "w").close()
waiting: list[socket.socket] = [connection.sock for connection in kept]
if slow:
    assert slow.getresponse().status == 200
    still = KEPT - len(select.select(waiting, [], [], 0)[0])
    print(f"answered, with {still} connections kept", flush=True)
ends: list[float] = []
while waiting:
    for ended in select.select(waiting, [], [])[0]:
        waiting.remove(ended)
        ends.append(time.monotonic())
print(f"{len(ends)} ended in {ends[-1] - ends[0]:.1f} s", flush=True)
