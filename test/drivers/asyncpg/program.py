import asyncio
import os
import threading

import asyncpg
from protocol import INSERT, SERVER, TLS, ask_at_once, expect, main

RUN = os.environ["RUN"]
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()


def wait_for(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()


def waited(function):
    return lambda *arguments: wait_for(function(*arguments))


async def make_pool(url):
    return await asyncpg.create_pool(url)


pool = wait_for(make_pool(os.environ["DATABASE_URL"]))
readers = wait_for(make_pool(os.environ["DATABASE_READ_URL"]))


async def connect():
    expect(await pool.fetchval("select current_user"), "app")
    return f"asyncpg {asyncpg.__version__}"


async def ask(way, number, text):
    if way == 0:
        return tuple(await pool.fetchrow("select $1::int, $2::text", number, text))
    return tuple(await pool.fetchrow("select $1::text, $2::int", text, number))[::-1]


async def transaction():
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute(f"{INSERT} ($1, -1, 1)", RUN)
        undone = connection.transaction()
        await undone.start()
        await connection.execute(f"{INSERT} ($1, -1, 2)", RUN)
        await undone.rollback()
    expect(await pool.fetchval("select count(*) from driver_rows where run = $1 and worker = -1", RUN), 1)


async def session():
    async with pool.acquire() as connection:
        await connection.execute("set application_name = 'mine'")
        expect(await connection.fetchval("show application_name"), "mine")


async def lock():
    async with pool.acquire() as one, pool.acquire() as other:
        await one.execute("select pg_advisory_lock(7)")
        expect(await other.fetchval("select pg_try_advisory_lock(7)"), False)
        await one.execute("select pg_advisory_unlock(7)")
        expect(await other.fetchval("select pg_try_advisory_lock(7)"), True)
        await other.execute("select pg_advisory_unlock(7)")


async def listen():
    heard = loop.create_future()
    async with pool.acquire() as connection:
        await connection.add_listener("news", lambda *notice: heard.set_result(notice[3]))
        await pool.execute("select pg_notify('news', 'one')")
        expect(await asyncio.wait_for(heard, 5), "one")


async def tls():
    expect(await pool.fetchval(TLS), True)


async def direct():
    connection = await asyncpg.connect(os.environ["DATABASE_DIRECT_URL"])
    expect(await connection.fetchval(TLS), True)
    await connection.close()


async def read():
    return await readers.fetchval(SERVER)


async def write(worker, number):
    await pool.execute(f"{INSERT} ($1, $2, $3)", RUN, worker, number)


main(
    {
        "connect": waited(connect),
        "statements": lambda: ask_at_once(waited(ask)),
        "transaction": waited(transaction),
        "set": waited(session),
        "lock": waited(lock),
        "listen": waited(listen),
        "tls": waited(tls),
        "direct": waited(direct),
        "read": waited(read),
    },
    waited(write),
    waited(read),
)
