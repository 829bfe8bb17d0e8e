"""Leads the real rule of hold-reserved-ip, on two load balancers, through the sequences of events that the model tried.

Reads lines of `sh check sequences DEPTH` and writes the same lines, with the claims that the program made in place of
the model's. Time and cloud are simulated: nothing waits, nothing is sent. The program's own constants hold (a look
each 0.5 s, 15 s of patience, 20 s between claims), but for the limit of a drain, which is a crash in the model.

What is compared: who claims, from whom, after how many events, in which order, and who holds the address in the end.
What is not: seconds (the model has none), reads, log lines. This file simulates the cloud a second time, with the
model's words; a mistake that both make in the same way is not found.

usage: follow-sequences.py DIRECTORY_OF_THE_RULE < sequences
"""

import gc
import itertools
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import reserved_ip_rule as rule  # noqa: E402 (the path above comes first)

rule.DRAIN_LIMIT = float("inf")
EVENT = r"(\d):(\d+)\.(\d)"
AT_REST, ASK, PROBE, CLAIM, EFFECT = range(5)
REST_SECONDS = 70  # longer than patience, than two gaps between claims, and than the limit of an action
ASSIGN_SECONDS, CALL_SECONDS = 2, 0.02


class Agent:
    def __init__(self, cloud, me):
        self.steps = rule.Rule(me, lambda: cloud.now, lambda: 1.0).run()
        self.wanted = next(self.steps)

    def answer(self, answer):
        self.wanted = self.steps.send(answer)

    def moment(self):
        """The step of the rule that is about to be taken, if it is one at which something may happen."""
        names, generator = [], self.steps
        while generator is not None:
            names.append(generator.gi_code.co_name)
            generator = generator.gi_yieldfrom
        if "claim" not in names or "follow" in names:
            return None
        return {rule.GetAddress: ASK, rule.Probe: PROBE, rule.Observe: CLAIM}.get(type(self.wanted))


class LoadBalancer:
    def __init__(self, cloud, me):
        self.up = self.haproxy = self.public_side = self.vpc_side = self.api = self.metadata = True
        self.frozen = self.draining = self.active = False
        self.vrrp, self.health, self.drained = "BACKUP", "ok", False
        self.agent = Agent(cloud, me)

    def running(self):
        return self.up and not self.frozen

    def fit(self):
        return self.haproxy and not self.draining and self.public_side and self.vpc_side

    def api_answers(self):
        return self.api and self.public_side

    def power_off(self):
        self.up = self.frozen = self.haproxy = self.draining = self.drained = False
        self.vrrp, self.agent, self.health = "FAULT", None, "ok"


class Cloud:
    def __init__(self, first_master):
        self.now = 0.0
        self.nodes = [LoadBalancer(self, 0), LoadBalancer(self, 1)]
        self.nodes[0].active = True
        self.nodes[first_master].vrrp = "MASTER"
        self.holder, self.pending, self.pending_since, self.action, self.actions = 0, None, 0.0, 0, {}
        self.vpc = self.address = self.edge = True
        self.turn, self.round_at = 0, 0.0
        self.events, self.claims = 0, []

    # keepalived

    def hears_master(self, i):
        other = self.nodes[1 - i]
        return self.linked() and other.running() and other.vrrp == "MASTER"

    def linked(self):
        return self.vpc and self.nodes[0].vpc_side and self.nodes[1].vpc_side

    def detect_one(self):
        for i, node in enumerate(self.nodes):
            if not node.running():
                continue
            before = node.vrrp
            if not node.fit():
                node.vrrp = "FAULT"
            elif node.vrrp == "FAULT":
                node.vrrp = "BACKUP"
            elif node.vrrp == "BACKUP" and not self.hears_master(i):
                node.vrrp = "MASTER"
            elif node.vrrp == "MASTER" and self.hears_master(i):
                node.vrrp = "BACKUP"
            if node.vrrp != before:
                return True
        return False

    # What one load balancer asks, and is answered

    def health_of(self, i):
        node = self.nodes[i]
        return node.health if node.running() and node.haproxy else None

    def answer(self, i, wanted):
        node = self.nodes[i]
        if isinstance(wanted, rule.Observe):
            return rule.Seen(node.vrrp, node.haproxy, node.draining, node.active if node.metadata else None, 2.5 * i)
        if isinstance(wanted, rule.Publish):
            # HAProxy's map: what it says is what the program said last.
            node.health, node.drained = wanted.health, wanted.state["drained"]
            return None
        if isinstance(wanted, (rule.Log, rule.Relay)):
            return None
        self.now += CALL_SECONDS
        if isinstance(wanted, rule.ProbePredecessor):
            return rule.Probed(False, draining=True)
        if isinstance(wanted, rule.Probe):
            public = node.public_side and self.nodes[self.holder].public_side
            at_address = self.health_of(self.holder) if public and self.address else None
            over_vpc = None
            if wanted.holder_address is not None and self.linked():
                over_vpc = self.health_of(int(wanted.holder_address))
            at_edge = self.health_of(self.holder) if public and self.edge and wanted.edge else None
            said = (at_address, over_vpc, at_edge)
            return rule.Probed("ok" in said, "ok" in (at_address, at_edge), "draining" in said)
        if not node.api_answers():
            return rule.Failed(0)
        if isinstance(wanted, rule.GetAddress):
            return rule.Address(self.holder, str(self.holder), self.pending is not None)
        if isinstance(wanted, rule.Assign):
            assert self.now < wanted.deadline, "asked to claim too late"
            if self.pending is not None or self.holder == i:
                return rule.Failed(422)
            self.claims.append(f"{self.events}:{i}<{self.holder}")
            self.action += 1
            self.pending, self.pending_since, self.actions[self.action] = i, self.now, "in-progress"
            return rule.Action(self.action, "in-progress")
        if isinstance(wanted, rule.GetAction):
            return rule.Action(wanted.id, self.actions[wanted.id])
        raise AssertionError(f"{wanted}: not known")

    # Time

    def advance(self, moment):
        """Until that moment comes (then True), or everything has been at rest for long."""
        until = self.round_at + REST_SECONDS
        while self.round_at < until:
            while self.detect_one():
                pass
            if self.turn < 2:
                node = self.nodes[self.turn]
                self.now = max(self.now, self.round_at + 0.25 * self.turn)
                if node.running():
                    if isinstance(node.agent.wanted, rule.Wait):
                        node.agent.answer(None)
                    while not isinstance(node.agent.wanted, rule.Wait):
                        if moment is not None and node.agent.moment() == moment:
                            return True
                        node.agent.answer(self.answer(self.turn, node.agent.wanted))
                    if node.drained:
                        node.power_off()
                self.turn += 1
            else:
                if self.pending is not None and self.round_at - self.pending_since >= ASSIGN_SECONDS:
                    if moment == EFFECT:
                        return True
                    self.holder, self.actions[self.action] = self.pending, "completed"
                    self.pending = None
                for i, other in enumerate(self.nodes):
                    other.active = self.holder == i
                self.turn, self.round_at = 0, self.round_at + rule.TICK
        return False

    def happen(self, code, i):
        node = self.nodes[i]
        if code in (0, 1):
            node.api = code == 1
        elif code == 2:
            node.power_off()
        elif code == 3:
            node.up = node.haproxy = True
            node.agent = Agent(self, i)
        elif code in (4, 5):
            node.frozen = code == 4
        elif code in (6, 7):
            node.haproxy = code == 7
        elif code == 8:
            node.draining = True
        elif code in (9, 10):
            node.public_side = code == 10
        elif code in (21, 22):
            node.vpc_side = code == 22
        elif code in (11, 12):
            node.metadata = code == 12
        elif code == 13:
            node.agent = Agent(self, i)
        elif code in (14, 15):
            self.vpc = code == 15
        elif code in (16, 17):
            self.address = code == 17
        elif code in (18, 19):
            self.edge = code == 19
        elif code == 20:
            self.actions[self.action], self.pending = "errored", None
        else:
            raise AssertionError(f"event {code}: not known")
        self.events += 1


def follow(cloud, line):
    """From where the cloud stands: what has happened to it already are the line's first events."""
    first_master, events, _, _ = line.split("|")
    for moment, code, i in re.findall(EVENT, events)[cloud.events:]:
        if not cloud.advance(int(moment)) and int(moment) != AT_REST:
            return f"{first_master}|{events}| the moment before event {cloud.events + 1} does not come"
        cloud.happen(int(code), int(i))
    cloud.advance(None)
    return f"{first_master}|{events}|{''.join(f' {claim}' for claim in cloud.claims)} | {cloud.holder}"


def start_of(line):
    first_master, events, _, _ = line.split("|")
    return first_master, re.search(EVENT, events).groups()


def main():
    gc.disable()
    # Sequences that begin in the same way share that part: each goes on in a process of its own.
    for (first_master, (_, code, i)), lines in itertools.groupby(sys.stdin.read().splitlines(), start_of):
        cloud = Cloud(int(first_master))
        cloud.advance(None)
        cloud.happen(int(code), int(i))
        for line in lines:
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                print(follow(cloud, line), flush=True)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0, line


if __name__ == "__main__":
    main()
