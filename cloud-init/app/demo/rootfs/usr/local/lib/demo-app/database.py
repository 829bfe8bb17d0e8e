"""The guest book in PostgreSQL: written to the primary, read from a replica, through the node's own database endpoints.

Every call ends in a few seconds, whatever became of the servers: it returns, or raises Unavailable.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

# Of one connection: seconds to open it, and until a server that lost power is noticed.
CONNECTION = {
    "connect_timeout": 2,
    "tcp_user_timeout": 2000,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "application_name": "demo-app",
    # PgBouncer in transaction mode hands every transaction another server connection: nothing may be prepared.
    "prepare_threshold": None,
}
# Which address is which server, from follow-database.
SERVERS_FILE = Path(os.environ.get("SERVERS_FILE", "/run/database-endpoints/servers.json"))
# Longer than the server's own limit for a statement, so that a slow answer does not cost the connection.
ANSWER_SECONDS = 3
# Nodes that create the table at once take turns. Any number that nothing else in the database uses.
CREATE_LOCK = 20250713
MAX_COUNTED = 10_000
T = TypeVar("T")

# Who answers, and how far behind it is. A replica that has replayed all it received is not late, however long ago the
# last change was; one that receives nothing cannot know.
LOOK = """
select pg_is_in_recovery(), host(inet_server_addr()), exists (select from pg_stat_wal_receiver),
  case when not pg_is_in_recovery() then null
       when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
       else greatest(0, extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())) end::float8,
  set_config('statement_timeout', '2s', true)
"""
CREATE = """
create table if not exists guest_book (
  id bigint generated always as identity primary key,
  name text not null,
  message text not null,
  app_node text not null,
  created_at timestamptz not null default now()
)
"""


class Unavailable(Exception):
    """No server for this now. The text is for the person in front of the page."""


@dataclass(frozen=True)
class Server:
    name: str
    address: str | None
    role: str
    """primary or replica"""
    receiving: bool
    """of a replica: connected to its primary"""
    lag_seconds: float | None
    """of a replica that has replayed something; else None"""


@dataclass(frozen=True)
class Entry:
    id: int
    name: str
    message: str
    app_node: str
    created_at: datetime


@dataclass(frozen=True)
class Reading:
    server: Server
    entries: list[Entry]
    count: int
    """up to MAX_COUNTED + 1"""


class Connections:
    """A pool. While its servers are away, only the first caller waits for them; then a thread does."""

    def __init__(self, name: str, url: str, size: int) -> None:
        self._name, self._url, self._size = name, url, size
        self._away = threading.Event()
        self._renewing = threading.Lock()
        self._pool = self._open()

    def _open(self) -> ConnectionPool:
        return ConnectionPool(
            self._url,
            min_size=self._size,
            max_size=self._size + 2,
            timeout=2.5,
            # Soon back on a replica that was away, and evenly spread over them.
            max_lifetime=60,
            reconnect_timeout=5,
            kwargs=CONNECTION,
            open=True,
        )

    def run(self, work: Callable[[psycopg.Connection, Server], T], again: bool = False) -> T:
        """In a transaction. `again`: once more, on a connection that is new, when the server goes while it answers."""
        if self._away.is_set():
            raise Unavailable(f"The {self._name} cannot be reached.")
        pool = self._pool
        try:
            try:
                return self._run(pool, work)
            except psycopg.OperationalError as error:
                if not again or isinstance(error, (PoolTimeout, psycopg.errors.QueryCanceled)):
                    raise
            return self._run(self._renew(pool), work)
        except psycopg.Error as error:
            print(f"{self._name}: {type(error).__name__}: {error}".strip(), file=sys.stderr, flush=True)
            raise Unavailable(self._explain(error)) from error

    def _run(self, pool: ConnectionPool, work: Callable[[psycopg.Connection, Server], T]) -> T:
        try:
            connection, server = take(pool)
        except PoolTimeout:
            raise
        except psycopg.OperationalError:
            # A server went away, and others of its connections wait in the pool.
            pool = self._renew(pool)
            connection, server = take(pool)
        try:
            with connection, time_limit(connection):
                return work(connection, server)
        finally:
            pool.putconn(connection)

    def _renew(self, dead: ConnectionPool) -> ConnectionPool:
        with self._renewing:
            if self._pool is dead:
                self._pool = self._open()
                dead.close(timeout=0)
            return self._pool

    def _explain(self, error: psycopg.Error) -> str:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return "The application's database user may not create or use its table: it needs CREATE on the schema."
        if not isinstance(error, psycopg.OperationalError) or isinstance(error, psycopg.errors.QueryCanceled):
            return f"The {self._name} refused the request."
        if not self._away.is_set():
            self._away.set()
            threading.Thread(target=self._wait, daemon=True).start()
        return f"The {self._name} cannot be reached."

    def _wait(self) -> None:
        while not self._pool.closed:
            try:
                return self._run(self._pool, lambda *_: self._away.clear())
            except psycopg.Error:
                time.sleep(0.5)

    def close(self) -> None:
        self._pool.close(timeout=2)


def take(pool: ConnectionPool) -> tuple[psycopg.Connection, Server]:
    connection = pool.getconn()
    try:
        with time_limit(connection):
            return connection, look(connection)
    except BaseException:
        pool.putconn(connection)
        raise


@contextmanager
def time_limit(connection: psycopg.Connection) -> Iterator[None]:
    """For a server that hangs while its machine does not: libpq itself would wait for ever."""
    timer = threading.Timer(ANSWER_SECONDS, cut, [connection.pgconn.socket])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cut(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        connection.shutdown(socket.SHUT_RDWR)


def look(connection: psycopg.Connection) -> Server:
    replica, address, receiving, lag, _ = connection.execute(LOOK).fetchone()
    host = connection.info.host
    # The first label of a name tells servers apart; the rest is the provider's.
    name = (name_of(address) if host == "127.0.0.1" else host).split(".")[0]
    return Server(name, address, "replica" if replica else "primary", receiving, lag)


def name_of(address: str) -> str:
    """Of a server behind an endpoint of the node."""
    try:
        servers = json.loads(SERVERS_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        servers = []
    return next((server["name"] for server in servers if server["address"] == address), address.replace(".", "-"))


class GuestBook:
    def __init__(self, write_url: str, read_url: str) -> None:
        self._primary = Connections("database primary", write_url, 2)
        self._replicas = Connections("database for reading", read_url, 6)

    def read(self, limit: int, wanted_id: int | None = None) -> Reading:
        """The last entries: from the primary, if `wanted_id`, which this visitor has written, is not on the replica yet."""
        reading = self._read(self._replicas, limit)
        if wanted_id is None or any(entry.id >= wanted_id for entry in reading.entries):
            return reading
        try:
            return self._read(self._primary, limit)
        except Unavailable:
            return reading

    def _read(self, connections: Connections, limit: int) -> Reading:
        def work(connection: psycopg.Connection, server: Server) -> Reading:
            if not has_table(connection):
                return Reading(server, [], 0)
            rows = connection.execute(
                "select id, name, message, app_node, created_at from guest_book order by id desc limit %s", [limit]
            ).fetchall()
            # Counting stops where it would begin to cost something.
            counted = connection.execute(
                "select count(*) from (select from guest_book limit %s) as counted", [MAX_COUNTED + 1]
            ).fetchone()[0]
            return Reading(server, [Entry(*row) for row in rows], counted)

        return connections.run(work, again=True)

    def write(self, name: str, message: str, app_node: str) -> tuple[Server, Entry]:
        """Never tried again: nobody knows whether an entry whose answer did not come is there."""

        def work(connection: psycopg.Connection, server: Server) -> tuple[Server, Entry]:
            if not has_table(connection):
                connection.execute("select pg_advisory_xact_lock(%s)", [CREATE_LOCK])
                connection.execute(CREATE)
            row = connection.execute(
                "insert into guest_book (name, message, app_node) values (%s, %s, %s) "
                "returning id, name, message, app_node, created_at",
                [name, message, app_node],
            ).fetchone()
            return server, Entry(*row)

        return self._primary.run(work)

    def find_primary(self) -> Server:
        """The server that takes entries now; raises Unavailable if there is none."""
        server = self._primary.run(lambda _, server: server)
        if server.role != "primary":
            raise Unavailable("The database is read-only while a new primary takes over.")
        return server

    def close(self) -> None:
        self._primary.close()
        self._replicas.close()


def has_table(connection: psycopg.Connection) -> bool:
    return connection.execute("select to_regclass('guest_book')").fetchone()[0] is not None
