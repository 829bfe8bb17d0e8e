"""Demo application: a guest book that shows the way of each request through the infrastructure.

    GET /             the page            POST /             a new entry from its form (303 back to the page)
    GET /api/entries  last entries, JSON  POST /api/entries  {"name": …, "message": …}, 201
    GET /api/status   who served this     GET /healthz       this process works (says nothing of the database)

A visitor reads what that visitor has written: a cookie says which entry, for as long as a replica may be behind.

Environment: DATABASE_WRITE_URL, DATABASE_READ_URL (libpq), PORT (default 8000). Stops on SIGTERM when the requests
in flight have been answered.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from database import Entry, GuestBook, Reading, Server, Unavailable
from page import View, render_page, render_problem

# Longer than a replica may lag that is read from.
WROTE_SECONDS = 60
MAX_BODY_BYTES = 8192
MAX_NAME, MAX_MESSAGE = 60, 500
SHOWN_ENTRIES = 12
HTML = "text/html; charset=utf-8"
JSON = "application/json"


class BadRequest(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Longer than the HAProxy in front keeps an idle connection.
    timeout = 90
    disable_nagle_algorithm = True
    server: DemoServer

    def handle_one_request(self) -> None:
        self.server.set_idle(self.connection, True)
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True
        finally:
            self.server.set_idle(self.connection, False)

    def parse_request(self) -> bool:
        self.server.set_idle(self.connection, False)
        if not super().parse_request():
            return False
        # What is left of a request that was not read to its end would be taken for the next one (see send).
        self.body_is_left = "Transfer-Encoding" in self.headers or (self.headers.get("Content-Length") or "0") != "0"
        return True

    def do_GET(self) -> None:
        self.answer({"/": self.get_page, "/healthz": self.get_health, "/api/status": self.get_status,
                     "/api/entries": self.get_entries})

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.answer({"/": self.post_form, "/api/entries": self.post_entry})

    def answer(self, routes: dict) -> None:
        self.url = urlsplit(self.path)
        wants_json = self.url.path.startswith("/api/")
        try:
            route = routes.get(self.url.path)
            if route is None:
                raise BadRequest(404, "There is nothing at this address.")
            route()
        except BadRequest as error:
            self.fail(error.status, str(error), wants_json)
        except Unavailable as error:
            self.fail(503, str(error), wants_json)
        except ConnectionError:
            raise
        except Exception:
            traceback.print_exc()
            self.fail(500, "Something is wrong here. It has been written down.", wants_json)

    def fail(self, status: int, message: str, as_json: bool) -> None:
        if as_json:
            self.send_json(status, {"error": message})
        else:
            self.send(status, HTML, render_problem(status, message))

    # Pages

    def get_page(self) -> None:
        self.send_page(200, self.wanted())

    def post_form(self) -> None:
        # No more than MAX_BODY_BYTES: a form of many fields costs nothing.
        form = parse_qs(self.read_body().decode("utf-8", "replace"))
        name, message = form.get("name", [""])[0], form.get("message", [""])[0]
        try:
            server, entry = self.server.guest_book.write(*check_entry(name, message), self.server.node)
        except (BadRequest, Unavailable) as error:
            status = error.status if isinstance(error, BadRequest) else 503
            return self.send_page(status, self.wanted(), f"Your entry was not saved. {error}", name, message)
        self.send(303, HTML, "", {"Location": "/#entries", "X-Database-Node": server.name, **wrote(entry)})

    def send_page(self, status: int, wanted: int | None, notice: str = "", name: str = "", message: str = "") -> None:
        reading, read_problem = attempt(lambda: self.server.guest_book.read(SHOWN_ENTRIES, wanted))
        primary, write_problem = attempt(self.server.guest_book.find_primary)
        if wanted is not None and reading is not None and not any(entry.id >= wanted for entry in reading.entries):
            notice = f"Entry {wanted} is on its way: {reading.server.name} has not received it yet."
        page = render_page(View(
            hops=self.hops(), request_id=self.header("X-Request-Id"), reading=reading, read_problem=read_problem,
            primary=primary, write_problem=write_problem, notice=notice, name=name[:MAX_NAME],
            message=message[:MAX_MESSAGE], max_name=MAX_NAME, max_message=MAX_MESSAGE))
        self.send(503 if reading is None else status, HTML, page, database_node(reading))

    def hops(self) -> dict[str, str | None]:
        return {
            "edge": self.header("CF-Ray"),
            "loadBalancer": self.header("X-Load-Balancer"),
            "webNode": self.header("X-Web-Node"),
            "appNode": self.server.node,
        }

    # JSON

    def get_status(self) -> None:
        reading, read_problem = attempt(lambda: self.server.guest_book.read(1))
        primary, write_problem = attempt(self.server.guest_book.find_primary)
        self.send_json(200, {
            **self.hops(),
            "requestId": self.header("X-Request-Id"),
            "reads": server_json(reading.server) if reading else {"error": read_problem},
            "writes": server_json(primary) if primary else {"error": write_problem},
            "entries": reading.count if reading else None,
        }, database_node(reading))

    def get_entries(self) -> None:
        reading = self.server.guest_book.read(SHOWN_ENTRIES, self.wanted())
        self.send_json(200, {"server": server_json(reading.server), "entries": list(map(entry_json, reading.entries))},
                       database_node(reading))

    def post_entry(self) -> None:
        try:
            body = json.loads(self.read_body())
            name, message = body["name"], body["message"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadRequest(400, 'The body must be {"name": "…", "message": "…"}.') from None
        server, entry = self.server.guest_book.write(*check_entry(name, message), self.server.node)
        self.send_json(201, {"server": server_json(server), "entry": entry_json(entry)},
                       {"X-Database-Node": server.name, **wrote(entry)})

    def wanted(self) -> int | None:
        """The last entry of this visitor."""
        found = re.search(r"(?:^|; )wrote=([0-9]{1,18})(?:;|$)", self.headers.get("Cookie") or "")
        return int(found[1]) if found else None

    def get_health(self) -> None:
        self.send(200, "text/plain", "ok\n")

    # HTTP

    def header(self, name: str) -> str | None:
        """A header that the nodes in front set, short enough to show."""
        return re.sub(r"[^\x20-\x7e]", "", self.headers.get(name) or "")[:64] or None

    def read_body(self) -> bytes:
        length = self.headers.get("Content-Length") or ""
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,9}", length):
            raise BadRequest(411, "The request must say how long it is.")
        if int(length) > MAX_BODY_BYTES:
            raise BadRequest(413, f"The request must not be longer than {MAX_BODY_BYTES} bytes.")
        self.body_is_left = False
        return self.rfile.read(int(length))

    def send_json(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        self.send(status, JSON, json.dumps(value, indent=2, ensure_ascii=False) + "\n", headers)

    def send(self, status: int, kind: str, text: str, headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-App-Node", self.server.node)
        # No script at all, and nothing from elsewhere.
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; "
                         "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        if status == 503:
            self.send_header("Retry-After", "5")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.server.stopping or self.body_is_left or self.close_connection:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nginx logs every request."""


class DemoServer(ThreadingHTTPServer):
    # A stop waits for the threads, which is what lets requests in flight end.
    daemon_threads = False
    request_queue_size = 256

    def __init__(self, port: int, guest_book: GuestBook) -> None:
        super().__init__(("", port), Handler)
        self.guest_book = guest_book
        self.node = socket.gethostname()
        self.stopping = False
        self._idle: set[socket.socket] = set()
        self._lock = threading.Lock()

    def set_idle(self, connection: socket.socket, idle: bool) -> None:
        with self._lock:
            (self._idle.add if idle else self._idle.discard)(connection)
            if idle and self.stopping:
                close_reading(connection)

    def stop(self) -> None:
        self.shutdown()
        with self._lock:
            self.stopping = True
            for connection in self._idle:
                close_reading(connection)
        self.server_close()
        self.guest_book.close()


def close_reading(connection: socket.socket) -> None:
    """What has arrived already can still be read, and be answered."""
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass


def attempt(question):
    """(answer, "") or (None, why there is none)"""
    try:
        return question(), ""
    except Unavailable as error:
        return None, str(error)


def check_entry(name: object, message: object) -> tuple[str, str]:
    return check_text("name", name, MAX_NAME), check_text("message", message, MAX_MESSAGE)


def check_text(what: str, text: object, limit: int) -> str:
    if not isinstance(text, str) or re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", text.replace("\r\n", "\n")):
        raise BadRequest(400, f"The {what} must be plain text.")
    stripped = text.replace("\r\n", "\n").strip()
    if not 1 <= len(stripped) <= limit:
        raise BadRequest(400, f"The {what} must have 1 to {limit} characters, not {len(stripped)}.")
    return stripped


def database_node(reading: Reading | None) -> dict[str, str]:
    return {"X-Database-Node": reading.server.name} if reading else {}


def wrote(entry: Entry) -> dict[str, str]:
    return {"Set-Cookie": f"wrote={entry.id}; Path=/; Max-Age={WROTE_SECONDS}; Secure; HttpOnly; SameSite=Lax"}


def server_json(server: Server) -> dict:
    return {"name": server.name, "address": server.address, "role": server.role, "lagSeconds": server.lag_seconds,
            "receiving": server.receiving if server.role == "replica" else None}


def entry_json(entry: Entry) -> dict:
    return {"id": entry.id, "name": entry.name, "message": entry.message, "appNode": entry.app_node,
            "createdAt": entry.created_at.isoformat()}


def main() -> None:
    try:
        guest_book = GuestBook(os.environ["DATABASE_WRITE_URL"], os.environ["DATABASE_READ_URL"])
    except KeyError as error:
        sys.exit(f"environment: {error.args[0]} is not set")
    server = DemoServer(int(os.environ.get("PORT", "8000")), guest_book)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    print(f"listening on port {server.server_port}", file=sys.stderr, flush=True)
    stop.wait()
    server.stop()


main()
