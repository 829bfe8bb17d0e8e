"""The primary database as programs of a node use it that have to agree with other nodes: prepare-database, run-release,
run-schedule.

Environment: DATABASE_DIRECT_URL, of the primary itself; LIMIT_SECONDS (default 300) for a database that does not answer.
"""

import os
import random
import sys
import time

import psycopg

LIMIT_SECONDS = float(os.environ.get("LIMIT_SECONDS", "300"))
# Any number that nothing else in the database uses: two nodes that create the same thing at once fail.
CREATING = 20261128


def log(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def connect(name: str) -> psycopg.Connection:
    connection = psycopg.connect(os.environ["DATABASE_DIRECT_URL"], connect_timeout=5, autocommit=True,
                                 application_name=name)
    # So that the turn of a node that died passes on in half a minute, and not after hours.
    for setting, value in (("idle", 10), ("interval", 5), ("count", 4)):
        connection.execute(f"set tcp_keepalives_{setting} = {value}")
    return connection


def create_table(connection: psycopg.Connection, definition: str) -> None:
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [CREATING])
        connection.execute("create schema if not exists infrastructure")
        connection.execute(f"create table if not exists infrastructure.{definition}")


def patiently(act, errors=psycopg.OperationalError):
    """Again and again while the database does not answer: it may be in the middle of a failover, or not made yet."""
    deadline, pause = time.monotonic() + LIMIT_SECONDS, 1.0
    while True:
        try:
            return act()
        except errors as error:
            log(f"{type(error).__name__}: {error}")
            if time.monotonic() + pause > deadline:
                sys.exit(f"gave up after {LIMIT_SECONDS:.0f} s")
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 2, 15)
