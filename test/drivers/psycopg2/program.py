import os
import select
from contextlib import contextmanager

import psycopg2
from psycopg2.pool import ThreadedConnectionPool
from protocol import CLIENTS, INSERT, SERVER, TLS, ask_at_once, expect, main

RUN = os.environ["RUN"]
# It does not wait for a connection, so that there has to be one for each thread.
pool = ThreadedConnectionPool(1, CLIENTS, os.environ["DATABASE_URL"])
readers = ThreadedConnectionPool(1, CLIENTS, os.environ["DATABASE_READ_URL"])


@contextmanager
def cursor(pool=pool):
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        pool.putconn(connection)


def row(sql, parameters=(), pool=pool):
    with cursor(pool) as it:
        it.execute(sql, parameters)
        return it.fetchone()


def connect():
    expect(row("select current_user"), ("app",))
    return f"psycopg2 {psycopg2.__version__.split()[0]}"


def ask(way, number, text):
    if way == 0:
        return row("select %s::int, %s::text", (number, text))
    return row("select %s::text, %s::int", (text, number))[::-1]


def transaction():
    with cursor() as it:
        it.execute(f"{INSERT} (%s, -1, 1)", (RUN,))
    connection = pool.getconn()
    connection.cursor().execute(f"{INSERT} (%s, -1, 2)", (RUN,))
    connection.rollback()
    pool.putconn(connection)
    expect(row("select count(*) from driver_rows where run = %s and worker = -1", (RUN,)), (1,))


def session():
    connection = pool.getconn()
    it = connection.cursor()
    it.execute("set application_name = 'mine'")
    connection.commit()
    it.execute("show application_name")
    expect(it.fetchone(), ("mine",))
    pool.putconn(connection)


def lock():
    one, other = pool.getconn(), pool.getconn()
    it, second = one.cursor(), other.cursor()
    it.execute("select pg_advisory_lock(7)")
    one.commit()
    second.execute("select pg_try_advisory_lock(7)")
    expect(second.fetchone(), (False,))
    it.execute("select pg_advisory_unlock(7)")
    one.commit()
    second.execute("select pg_try_advisory_lock(7), pg_advisory_unlock(7)")
    expect(second.fetchone(), (True, True))
    pool.putconn(one)
    pool.putconn(other)


def listen():
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    connection.cursor().execute("listen news")
    row("select 1 from pg_notify('news', 'one')")
    select.select([connection], [], [], 5)
    connection.poll()
    expect([notice.payload for notice in connection.notifies], ["one"])
    connection.close()


def direct():
    connection = psycopg2.connect(os.environ["DATABASE_DIRECT_URL"])
    it = connection.cursor()
    it.execute(TLS)
    expect(it.fetchone(), (True,))
    connection.close()


def write(worker, number):
    with cursor() as it:
        it.execute(f"{INSERT} (%s, %s, %s)", (RUN, worker, number))


main(
    {
        "connect": connect,
        "statements": lambda: ask_at_once(ask),
        "transaction": transaction,
        "set": session,
        "lock": lock,
        "listen": listen,
        "tls": lambda: expect(row(TLS), (True,)),
        "direct": direct,
        "read": lambda: row(SERVER, pool=readers)[0],
    },
    write,
    lambda: row(SERVER, pool=readers)[0],
)
