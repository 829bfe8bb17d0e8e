"""Judges a new version by how its first node answers its first visitors, beside the nodes of the old version.

Until then the node has a small share of the requests, by what node-status says to HAProxy. Each web node tells every 2 s
how the two versions answered since it told the last time (report-answers). The version is stopped when

- it fails more often: at least 3 answers were errors (5xx, none, or no connection), more than twice the share of the old
  version's, and if both were the same, so many of all errors would meet the new one less than once in 10,000 times;
- it is slow: in two thirds of at least 10 reports its answers took on average three times as long, and 100 ms longer.

A site with so few requests that nothing can be seen passes, and the words of the verdict say so. What
is not waited for: another node of the same version that has passed; no node of another version; no web node that tells.
A verdict is kept: a node that boots again is not judged again.

Version: the user-data of the node, and the release of its system.
Reads /etc/infrastructure/canary.json: {"durationSeconds": 60, "sharePercent": 10}, of the requests to the tier.
"""

import hashlib
import http.server
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

LEAST_ERRORS, TIMES_AS_OFTEN, CHANCE = 3, 2, 1e-4
LEAST_REPORTS, TIMES_AS_LONG, LONGER_MS = 10, 3, 100
# With fewer requests a version that fails 5 % of them is not seen.
TELLING_COUNT = 20 * LEAST_ERRORS
# How long after a node could be ready a web node may have told nothing, and how long none may have told of another version.
NOBODY_TELLS_SECONDS = 60
NOTHING_TO_COMPARE_SECONDS = 10
LONGEST_REPORT = 4096
# Of each other node in HAProxy (haproxy.cfg), and so the most that this one gets.
WEIGHT = 100
USER_DATA = os.environ.get("USER_DATA_FILE", "/var/lib/cloud/instance/user-data.txt")
KEPT = os.environ.get("CANARY_FILE", "/var/lib/infrastructure/canary.json")


class Answers:
    """What a version answered: how often, how often with an error, and the milliseconds that it took in all."""

    def __init__(self) -> None:
        self.count = self.errors = 0
        self.milliseconds = 0.0

    def add(self, count: int, errors: int, average_ms: float) -> None:
        self.count += count
        self.errors += errors
        self.milliseconds += count * average_ms

    def mean_ms(self) -> float:
        return self.milliseconds / max(1, self.count)


def chance_of(least: int, of: int, share: float) -> float:
    """That at least so many of all errors meet a version, if each meets it like any other request (binomial)."""
    total = 0.0
    for k in range(least, of + 1):
        ways = math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
        term = math.exp(ways + k * math.log(share) + (of - k) * math.log(1 - share))
        total += term
        if term < CHANCE * 1e-6:
            break
    return total


def fails_more(new: Answers, old: Answers) -> bool:
    if new.errors < LEAST_ERRORS or old.count == 0:
        return False
    if new.errors * old.count <= TIMES_AS_OFTEN * old.errors * new.count:
        return False
    return chance_of(new.errors, new.errors + old.errors, new.count / (new.count + old.count)) < CHANCE


def is_slow(new_ms: float, old_ms: float) -> bool:
    return new_ms > TIMES_AS_LONG * old_ms and new_ms > old_ms + LONGER_MS


class Trial:
    """All that web nodes have told so far."""

    def __init__(self) -> None:
        self.new, self.old = Answers(), Answers()
        self.reports = self.slow_reports = 0

    def add(self, new: tuple[int, int, float], old: tuple[int, int, float]) -> None:
        self.new.add(*new)
        self.old.add(*old)
        if new[0] and old[0]:
            self.reports += 1
            self.slow_reports += is_slow(new[2], old[2])

    def problem(self) -> str | None:
        if fails_more(self.new, self.old):
            return f"answered {self.errors()}"
        if self.reports >= LEAST_REPORTS and 3 * self.slow_reports >= 2 * self.reports:
            return f"took {self.new.mean_ms():.0f} ms for an answer, the old version {self.old.mean_ms():.0f} ms"
        return None

    def errors(self) -> str:
        new, old = self.new, self.old
        return f"{new.errors} of {new.count} requests with an error, the old version {old.errors} of {old.count}"


class Canary:
    """The verdict on this node. `now` gives the seconds of a clock that nobody sets."""

    def __init__(self, directory: str, now: Callable[[], float] = time.monotonic) -> None:
        with open(f"{directory}/canary.json", encoding="utf-8") as file:
            settings = json.load(file)
        self.seconds, self.share = int(settings["durationSeconds"]), int(settings["sharePercent"]) / 100
        self.now = now
        self.version = read_version()
        self.lock = threading.Lock()
        self.trial = Trial()
        self.others = 0
        self.told_since: float | None = None
        self.ready_since: float | None = None
        self.good, self.words = self.kept()

    def kept(self) -> tuple[bool | None, str]:
        try:
            with open(KEPT, encoding="utf-8") as file:
                kept = json.load(file)
        except (OSError, ValueError):
            return None, ""
        return (kept["good"], kept["words"]) if kept["version"] == self.version else (None, "")

    def decide(self, good: bool, words: str) -> None:
        self.good, self.words = good, words
        print(f"the new version {'passes' if good else 'is stopped'}: {words}", file=sys.stderr, flush=True)
        try:
            with open(KEPT, "w", encoding="utf-8") as file:
                json.dump({"version": self.version, "good": good, "words": words}, file)
        except OSError as error:
            print(f"{KEPT}: not written: {error}", file=sys.stderr, flush=True)

    def judge(self) -> None:
        if self.good is not None:
            return
        now, problem = self.now(), self.trial.problem()
        since = math.inf if self.told_since is None else self.told_since
        if problem:
            self.decide(False, problem)
        elif now - since >= self.seconds:
            few = ", too few to tell" if self.trial.new.count < TELLING_COUNT else ""
            self.decide(True, f"answered {self.trial.errors()} in {self.seconds} s{few}")
        elif self.others == 0 and now - since >= NOTHING_TO_COMPARE_SECONDS:
            self.decide(True, "there is no other version to compare with")
        elif self.told_since is None and self.ready_since is not None and now - self.ready_since >= NOBODY_TELLS_SECONDS:
            self.decide(True, "no web node tells how it answers")

    def report(self, report: dict[str, Any]) -> None:
        """Of a web node: {"released": bool, "others": 2, "new": [40, 1, 12.5], "old": [410, 0, 11.0]}."""
        with self.lock:
            if self.good is not None:
                return
            if self.told_since is None:
                self.told_since = self.now()
            self.others = max(self.others, int(report["others"]))
            new, old = ((int(count), int(errors), float(average)) for count, errors, average in (report["new"], report["old"]))
            self.trial.add(new, old)
            if report["released"]:
                self.decide(True, "another node of this version has passed")
            self.judge()

    def tell(self, request: http.server.BaseHTTPRequestHandler) -> tuple[int, dict[str, object]]:
        """Of a web node: whether it is to report, or (with a body) its report."""
        length = int(request.headers.get("content-length", "0"))
        if length > LONGEST_REPORT:
            raise ValueError(f"a report of {length} bytes")
        if length > 0:
            self.report(json.loads(request.rfile.read(length)))
        return 200, self.state()

    def state(self) -> dict[str, object]:
        with self.lock:
            self.judge()
            return {"version": self.version, "judging": self.good is None}

    def word(self, word: str) -> str:
        """What HAProxy is told in the place of what it would be told of the application."""
        with self.lock:
            self.judge()
            if self.good or word != "up 100%":
                return word
            if self.good is False:
                return "down"
            weight = WEIGHT * max(1, self.others) * self.share / (1 - self.share)
            return f"up {min(WEIGHT, max(1, round(weight)))}%"

    def readiness(self) -> tuple[int, dict[str, object]]:
        """Of a node that is ready but for the verdict."""
        with self.lock:
            if self.ready_since is None:
                self.ready_since = self.now()
            self.judge()
            if self.good is None:
                wait = f"its answers are compared with those of the old version for {self.seconds} s"
                return 503, {"ready": False, "reason": wait}
            if self.good:
                return 200, {"ready": True, "note": self.words}
            return 200, {"ready": False, "reason": f"{self.words}: this version is stopped and gets no more requests"}


def read_version() -> str:
    digest = hashlib.sha256()
    for path in (USER_DATA, "/etc/os-release"):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()
