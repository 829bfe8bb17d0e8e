"""How the application on this node is, for node-status, in the words of HAProxy's agent check after "ready".

  up 100%   it answers
  up 1%     it owes an answer for BUSY_SECONDS, so that others are asked as long as they are less busy
  down      it refuses, answers with an error, or gave no answer for HANG_SECONDS
"""

import os
import threading
import time
from collections.abc import Callable

# No visitor waits longer than 100 s for an answer: the edge gives up then. Whoever owes one for longer hangs.
HANG_SECONDS = float(os.environ.get("HANG_SECONDS", "120"))
BUSY_SECONDS = float(os.environ.get("BUSY_SECONDS", "1"))
# From how many seconds after the boot on it is final, and what is wrong.
Problem = tuple[float, str]


class Application:
    """Asks the application how it is, with one question at a time: a busy one answers late, and is not asked more."""

    def __init__(self, ask: Callable[[float], Problem | None]) -> None:
        self.ask = ask
        self.asked: float | None = None
        self.problem: Problem | None = (float("inf"), "not asked yet")
        self.failures = 2
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        while True:
            self.asked = time.monotonic()
            problem = self.ask(HANG_SECONDS)
            hung = problem is not None and time.monotonic() - self.asked >= HANG_SECONDS
            self.asked = None
            self.problem = problem
            self.failures = 0 if problem is None else 2 if hung else self.failures + 1
            time.sleep(0.5 if problem else 1)

    def word(self) -> str:
        if self.failures >= 2:
            return "down"
        asked = self.asked
        return "up 1%" if asked is not None and time.monotonic() - asked > BUSY_SECONDS else "up 100%"
