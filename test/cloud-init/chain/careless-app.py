"""An application that is careless with HTTP, for tests: it never reads the body of a request and keeps the connection,
so that a body is taken for the next request. It does close a connection after "Connection: close", as every library
does. Usage: careless-app.py ADDRESS PORT

Every answer is JSON about the request that it was taken for: method, path, headers. The first part of the path says
what goes wrong besides:

    /head-with-body       the answer to HEAD has a body
    /status-204-with-body, /status-304-with-body
    /refuse-upgrade       200 to an upgrade
    /accept-upgrade       101, then it echoes
    /informational        100 and 103 before a large answer, and another one after it
    /answer-twice         413, and after it another answer

    /status-101-with-body 101 that nobody asked for

GET /seen: first lines of the requests with "X-Smuggled" that no Nginx has passed on: it adds a request id to its own.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
FOREIGN = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"foreign": true}'
LATE_SECONDS = 0.02
smuggled: list[str] = []


def serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in received:
                more = connection.recv(65536)
                if not more or len(received) > 1 << 20:
                    return
                received += more
            head, received = received.split(b"\r\n\r\n", 1)
            if not answer(connection, head.decode("latin-1")):
                return


def answer(connection: socket.socket, head: str) -> bool:
    """Whether the connection goes on."""
    first, *lines = head.split("\r\n")
    method, _, rest = first.partition(" ")
    path = rest.partition(" ")[0]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "x-smuggled" in headers and "x-request-id" not in headers:
        smuggled.append(first)
    keep = headers.get("connection", "").lower() != "close"
    what = path.split("?")[0].split("/")[1]
    content = json.dumps(smuggled if what == "seen" else {"method": method, "path": path, "headers": headers}).encode()
    status, after, body = "200 OK", b"", content
    if what == "head-with-body":
        pass
    elif what.startswith("status-"):
        status = {"1": "101 Switching Protocols", "2": "204 No Content", "3": "304 Not Modified"}[what[7]]
    elif what == "answer-twice":
        status, after = "413 Content Too Large", FOREIGN
    elif what == "informational":
        for interim in (b"100 Continue\r\n\r\n", b"103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"):
            connection.sendall(b"HTTP/1.1 " + interim)
            time.sleep(LATE_SECONDS)
        # More than Nginx keeps until it knows the end.
        content = body = content + b" " * 1000000
        after = FOREIGN
    elif what == "accept-upgrade" and "upgrade" in headers:
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
        while echoed := connection.recv(65536):
            connection.sendall(echoed)
        return False
    if method == "HEAD" and what != "head-with-body":
        body = b""
    length = "" if status[0] in "12" and what.startswith("status-") else f"Content-Length: {len(content)}\r\n"
    close = "" if keep else "Connection: close\r\n"
    lines_out = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n{length}{close}\r\n"
    connection.sendall(lines_out.encode())
    # Apart from the head, as many programs do: what nobody expects arrives when the answer seems to be over.
    if what != "victim":
        time.sleep(LATE_SECONDS)
    connection.sendall(body)
    if after:
        time.sleep(LATE_SECONDS)
        connection.sendall(after)
    return keep


def main() -> None:
    with socket.create_server((ADDRESS, PORT), backlog=512) as server:
        while True:
            threading.Thread(target=quietly, args=server.accept()[:1], daemon=True).start()


def quietly(connection: socket.socket) -> None:
    try:
        serve(connection)
    except OSError:
        pass


main()
