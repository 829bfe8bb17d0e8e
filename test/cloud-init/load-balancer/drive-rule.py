"""Runs the rule of hold-reserved-ip for a test: one JSON line for what it wants, one for the answer and the time."""

import dataclasses
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import reserved_ip_rule as rule  # noqa: E402 (the path above comes first)

now = 0.0
ANSWERS = {kind.__name__: kind for kind in (rule.Seen, rule.Probed, rule.Address, rule.Action, rule.Failed)}


def answer():
    global now
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    given = json.loads(line)
    now = given.pop("now")
    kind = given.pop("kind")
    return None if kind == "Nothing" else ANSWERS[kind](**given)


# Chance at its longest pause, so that a test knows the times.
steps = rule.Rule(int(sys.argv[2]), lambda: now, lambda: 1.0).run()
wanted = next(steps)
while True:
    print(json.dumps({"kind": type(wanted).__name__, **dataclasses.asdict(wanted)}), flush=True)
    wanted = steps.send(answer())
