"""Drives canary.py without a node. Usage: drive-canary.py LIBRARY DIRECTORY follow|try, JSON on standard input

follow   [[seconds, method, argument...], ...]: what a Canary says at these times of its clock, as a list
try      {"trials", "requests", "others", "new", "old", "seconds"}: so many roll-outs with that many requests a second, to a
         new version and to others that fail these shares of them; how many were stopped, when (the median and nine in ten),
         and which share of all requests of a minute was hurt on average, at most at the new version's hands
"""

import json
import math
import os
import random
import statistics
import sys

library, directory, what = sys.argv[1:]
os.environ["USER_DATA_FILE"] = f"{directory}/user-data"
os.environ["CANARY_FILE"] = f"{directory}/kept.json"
sys.path.insert(0, library)
import canary  # noqa: E402


def follow(steps):
    clock = [0.0]
    judge = canary.Canary(directory, lambda: clock[0])
    said = []
    for at, method, *arguments in steps:
        clock[0] = at
        said.append(getattr(judge, method)(*arguments))
    return said


def draw(numbers, expected):
    """A number of events of which so many are expected (Poisson)."""
    limit, count, product = math.exp(-expected), -1, 1.0
    while product > limit or count < 0:
        product *= numbers.random()
        count += 1
    return count


def try_out(numbers, requests, others, new, old, seconds):
    weight = min(100, 100 * others * 0.1 / 0.9)
    share = weight / (100 * others + weight)
    trial = canary.Trial()
    for second in range(2, seconds + 1, 2):
        reports = []
        for part, fails in ((share, new), (1 - share, old)):
            answers = 2 * requests * part
            failed = draw(numbers, answers * fails)
            reports.append((max(failed, round(answers)), failed, 20.0))
        trial.add(*reports)
        if trial.problem():
            return second, trial.new.errors
    return None, trial.new.errors


def try_often(trials, requests, seconds, **others):
    numbers = random.Random(11)
    results = [try_out(numbers, requests, seconds=seconds, **others) for _ in range(trials)]
    stopped = sorted(second for second, _ in results if second is not None)
    hurt = statistics.fmean(errors for _, errors in results) / (60 * requests)
    nine_in_ten = stopped[int(len(stopped) * 0.9)] if stopped else None
    return {"stopped": len(stopped), "median": statistics.median(stopped) if stopped else None, "nineInTen": nine_in_ten,
            "hurt": hurt}


given = json.load(sys.stdin)
print(json.dumps(follow(given) if what == "follow" else try_often(**given)))
