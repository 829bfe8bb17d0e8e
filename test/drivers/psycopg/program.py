import os

import psycopg
import psycopg_pool
from protocol import INSERT, SERVER, TLS, ask_at_once, expect, main

RUN = os.environ["RUN"]
pool = psycopg_pool.ConnectionPool(os.environ["DATABASE_URL"], open=True)
readers = psycopg_pool.ConnectionPool(os.environ["DATABASE_READ_URL"], open=True)


def value(sql, parameters=(), pool=pool):
    with pool.connection() as connection:
        return connection.execute(sql, parameters).fetchone()[0]


def connect():
    expect(value("select current_user"), "app")
    return f"psycopg {psycopg.__version__}, psycopg_pool {psycopg_pool.__version__}"


def ask(way, number, text):
    with pool.connection() as connection:
        if way == 0:
            return connection.execute("select %s::int, %s::text", (number, text)).fetchone()
        return connection.execute("select %s::text, %s::int", (text, number)).fetchone()[::-1]


def transaction():
    with pool.connection() as connection:
        connection.execute(f"{INSERT} (%s, -1, 1)", (RUN,))
    with pool.connection() as connection, connection.transaction(force_rollback=True):
        connection.execute(f"{INSERT} (%s, -1, 2)", (RUN,))
    expect(value("select count(*) from driver_rows where run = %s and worker = -1", (RUN,)), 1)


def session():
    with pool.connection() as connection:
        connection.execute("set application_name = 'mine'")
        connection.commit()
        expect(connection.execute("show application_name").fetchone()[0], "mine")


def lock():
    with pool.connection() as one, pool.connection() as other:
        one.execute("select pg_advisory_lock(7)")
        one.commit()
        expect(other.execute("select pg_try_advisory_lock(7)").fetchone()[0], False)
        one.execute("select pg_advisory_unlock(7)")
        one.commit()
        expect(other.execute("select pg_try_advisory_lock(7)").fetchone()[0], True)
        other.execute("select pg_advisory_unlock(7)")


def listen():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("listen news")
        value("select 1 from pg_notify('news', 'one')")
        expect([notice.payload for notice in connection.notifies(timeout=5, stop_after=1)], ["one"])


def direct():
    with psycopg.connect(os.environ["DATABASE_DIRECT_URL"]) as connection:
        expect(connection.execute(TLS).fetchone()[0], True)


def write(worker, number):
    with pool.connection() as connection:
        connection.execute(f"{INSERT} (%s, %s, %s)", (RUN, worker, number))


main(
    {
        "connect": connect,
        "statements": lambda: ask_at_once(ask),
        "transaction": transaction,
        "set": session,
        "lock": lock,
        "listen": listen,
        "tls": lambda: expect(value(TLS), True),
        "direct": direct,
        "read": lambda: value(SERVER, pool=readers),
    },
    write,
    lambda: value(SERVER, pool=readers),
)
