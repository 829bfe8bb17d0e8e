"""Stands between a server and those who follow it: what the server sends passes so many seconds later, what the others
send passes at once. What has not passed yet is lost when this program is killed, as what is on a slow network is when
the sender loses its power.

A new connection begins without any delay, and gets a second more for every three that it lasts: otherwise each of the
round trips of its beginning would take as long, and whoever waits would give up.

usage: send-late.py SECONDS PORT SERVER_PORT LISTENING      listens on PORT, the server is on 127.0.0.1
       LISTENING is a file that it makes when it listens
"""

import asyncio
import sys
from pathlib import Path

CHUNK = 65536
# As much of it as may wait in memory; a server that sends faster than this in the delay's time is slowed down.
CHUNKS = 1024
GROWTH = 1 / 3


async def pass_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def pass_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    clock = asyncio.get_running_loop()
    began = clock.time()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS)

    async def receive() -> None:
        while data := await reader.read(CHUNK):
            now = clock.time()
            await waiting.put((now + min(seconds, (now - began) * GROWTH), data))
        await waiting.put((0, b""))

    receiving = asyncio.create_task(receive())
    try:
        while True:
            due, data = await waiting.get()
            if not data:
                return
            await asyncio.sleep(due - clock.time())
            writer.write(data)
            await writer.drain()
    finally:
        receiving.cancel()


async def serve(seconds: float, port: int, server_port: int, listening: Path) -> None:
    async def connect(follower: asyncio.StreamReader, to_follower: asyncio.StreamWriter) -> None:
        try:
            server, to_server = await asyncio.open_connection("127.0.0.1", server_port)
        except OSError:
            to_follower.close()
            return
        passing = [
            asyncio.create_task(pass_late(server, to_follower, seconds)),
            asyncio.create_task(pass_at_once(follower, to_server)),
        ]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        for writer in (to_server, to_follower):
            writer.close()

    listener = await asyncio.start_server(connect, "0.0.0.0", port)
    listening.touch()
    async with listener:
        await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
