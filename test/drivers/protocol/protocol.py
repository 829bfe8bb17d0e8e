"""What every driver's program in Python says and does; see drivers.ts."""

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

CLIENTS, STATEMENTS, WORKERS = 12, 50, 4
INSERT = "insert into driver_rows (run, worker, number) values "
TLS = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
SERVER = "select host(inet_server_addr())"


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def attempt(work: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"answer": work()}
    except Exception as error:  # what an application would see, whatever it is
        return {"error": f"{type(error).__name__}: {error}".strip().splitlines()[0]}


def in_threads(count: int, work: Callable[[int], Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda n=n: results.append(attempt(lambda: work(n)))) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def expect(seen: Any, wanted: Any) -> None:
    if seen != wanted:
        raise AssertionError(f"got {seen!r}, not {wanted!r}")


def ask_at_once(ask: Callable[[int, int, str], Any]) -> None:
    """`ask` returns what the server made of number and text; every second client asks in another way."""
    def client(own: int) -> None:
        for turn in range(STATEMENTS):
            number, text = own * STATEMENTS + turn, f"text {own} {turn}"
            expect(tuple(ask(own % 2, number, text)), (number, text))

    failed = [result["error"] for result in in_threads(CLIENTS, client) if "error" in result]
    if failed:
        raise AssertionError(f"{len(failed)} of {CLIENTS} clients: {failed[0]}")


def main(checks: dict[str, Callable[[], Any]], write: Callable[[int, int], Any], read: Callable[[], Any]) -> None:
    if sys.argv[1] == "check":
        for name, check in checks.items():
            say(check=name, **attempt(check))
        return
    stopped = threading.Event()

    def worker(own: int) -> None:
        number = 0
        while not stopped.is_set():
            number += 1
            result = attempt((lambda turn=number: write(own, turn)) if sys.argv[1] == "write" else read)
            say(worker=own, number=number, **result)
            time.sleep(0.1 if "error" in result else 0.02)

    for own in range(WORKERS):
        threading.Thread(target=worker, args=(own,), daemon=True).start()
    sys.stdin.readline()
    stopped.set()
    # Whoever is in the middle of something has a second for it.
    time.sleep(1)
