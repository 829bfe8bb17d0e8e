"""A worker that says what it was given and when it is told to end, or crashes if its first argument says so."""

import os
import signal
import sys
import time


def end(*_: object) -> None:
    print("finishing its work", flush=True)
    time.sleep(1)
    print("finished", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
print(f"{sys.argv[1]} as {os.getuid()}, secret {os.environ['SECRET'][:7]}, queue {os.environ.get('QUEUE')}", flush=True)
if sys.argv[1] == "crash":
    raise KeyError("SMTP_URL")
if sys.argv[1] != "once":
    time.sleep(10_000)
