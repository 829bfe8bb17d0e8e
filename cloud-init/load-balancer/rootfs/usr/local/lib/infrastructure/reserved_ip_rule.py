"""The rule by which a load balancer claims the reserved IP, and hands it over when it drains.

Pure: `Rule.run` is a generator that yields what it wants to know or do (the classes below) and is sent the answer. Time
comes from `clock`, which must count suspension, and chance from `jitter`. hold-reserved-ip does what is asked for.

Truth is DigitalOcean's API and metadata; VRRP only says who should look first. A claim is asked for only after every
witness was silent twice, the second time after the API named the holder, and within a second of that question.

The comments "Rule 1." to "Rule 9." stand word for word in the model that promises what this program does, too:
test/failover-model/failover.pml.
"""

from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from typing import Any

TICK = 0.5
TICK_AFTER_TRANSITION, TRANSITION_PERIOD, TICK_IN_DRAIN = 0.2, 10.0, 0.1
CLAIM_WINDOW = 1.0  # from sending the GET to the end of the POST
ACTION_LIMIT, ACTION_POLL = 60.0, 1.0
BACK_OFF_CAP = 5.0
UNSERVED_BEFORE_ANYONE, UNSERVED_BEFORE_ERROR = 15.0, 30.0
CLAIM_GAP, CLAIM_GAP_CAP = 20.0, 900.0
LOCKED_PAUSE, HELD_PAUSE = 1.0, 5.0
HOLDER_REFRESH = 10.0
ALERT_CHECK = 60.0
DRAIN_LIMIT, DRAIN_POLL, DRAIN_WITHOUT_API = 60.0, 0.5, 10.0
# What was lost in the moment of the move is sent again within the first of these.
# The edge waits 100 s for an answer, so whatever may still be answered is.
IN_FLIGHT_LEAST, IN_FLIGHT_LIMIT = 2.0, 100.0
RELAY_PERIOD = 200.0  # longer than a drain
RELAY_LOOK, RELAY_SILENCE = 1.0, 3.0


@dataclass(frozen=True)
class Observe:
    """Answer: Seen."""


@dataclass(frozen=True)
class Seen:
    vrrp: str  # MASTER, BACKUP, FAULT, or anything else for unknown
    alive: bool  # own HAProxy answers now
    draining: bool
    active: bool | None  # metadata: this droplet holds the address; None: not readable
    rank_delay: float = 0.0  # 0 to 5 s by rank among the load balancers
    in_flight: int = 0  # requests that are being answered; only known while this node drains
    other_address: bool = False  # metadata: this droplet holds another reserved IP


@dataclass(frozen=True)
class Probe:
    """Ask the witnesses at once: reserved IP, VPC address of the holder if known, edge if wanted. Answer: Probed."""
    holder_address: str | None
    edge: bool


@dataclass(frozen=True)
class Probed:
    served: bool  # one of them answered 200
    by_address: bool = False  # the reserved IP or the edge did, so the address itself is served
    draining: bool = False  # the holder answered "draining"


@dataclass(frozen=True)
class ProbePredecessor:
    """Ask one load balancer, at its address in the VPC, for its health. Answer: Probed."""
    address: str


@dataclass(frozen=True)
class GetAddress:
    """Answer: Address or Failed."""


@dataclass(frozen=True)
class Address:
    holder: int | None
    holder_address: str | None  # in the VPC
    locked: bool


@dataclass(frozen=True)
class Assign:
    """Not sent at or after `deadline`, and given up then. Answer: Action or Failed."""
    deadline: float


@dataclass(frozen=True)
class GetAction:
    """Answer: Action or Failed."""
    id: int


@dataclass(frozen=True)
class Action:
    id: int
    status: str  # in-progress, completed, errored


@dataclass(frozen=True)
class Failed:
    status: int  # of HTTP; 0 if there was no answer in time
    retry_after: float = 0.0


@dataclass(frozen=True)
class Relay:
    """Connections outlive a move of the address: what is in flight goes "through" the successor, or is relayed "for" the
    predecessor, at that address in the VPC; or "off". Answer: nothing."""
    role: str
    address: str | None = None


@dataclass(frozen=True)
class Wait:
    """Until a VRRP transition, `seconds` at most. Answer: nothing."""
    seconds: float


@dataclass(frozen=True)
class Publish:
    """What this node says when asked for its health ("ok", "draining", "fault"), and its state. Answer: nothing."""
    health: str
    state: dict[str, Any]


@dataclass(frozen=True)
class Log:
    """Level as in syslog: 2 alert, 3 error, 4 warning, 6 information. Answer: nothing."""
    level: int
    event: str
    detail: dict[str, Any]


Steps = Generator[Any, Any, Any]


def since(before: float | None, holds: bool, now: float) -> float | None:
    """When a condition that holds now began to hold."""
    return None if not holds else now if before is None else before


class Rule:
    def __init__(self, me: int, clock: Callable[[], float], jitter: Callable[[], float]) -> None:
        self.me, self.clock, self.jitter = me, clock, jitter
        self.vrrp, self.vrrp_at = "", float("-inf")
        self.holder: int | None = None
        self.holder_address: str | None = None
        self.held = False  # the address was ours, and we have been healthy since
        self.served_at = clock()
        self.error_at = self.alert_check_at = self.refresh_at = self.drain_get_at = float("-inf")
        self.failures = 0
        self.not_before = self.retry_at = self.claimed_at = float("-inf")
        self.gap = CLAIM_GAP
        self.drain_since: float | None = None
        self.inactive_since: float | None = None
        self.drained = self.api_silent = False
        self.relayed, self.relayed_at = Relay("off"), float("-inf")
        self.relay_look_at = float("-inf")
        self.predecessor_silent_since: float | None = None
        self.published: Publish | None = None

    def run(self) -> Steps:
        while True:
            seen = yield from self.observe()
            if seen.vrrp != self.vrrp:
                yield Log(6, "vrrp", {"from": self.vrrp, "to": seen.vrrp})
                self.vrrp, self.vrrp_at = seen.vrrp, self.clock()
            yield from self.end_relay(seen)
            if seen.draining:
                yield from self.drain(seen)
            elif seen.active:
                yield from self.compare_with_api()
            elif seen.alive and seen.vrrp != "FAULT":
                yield from self.watch(seen)
            yield Wait(self.pause(seen))

    def pause(self, seen: Seen) -> float:
        if seen.draining and not self.drained:
            return TICK_IN_DRAIN
        return TICK_AFTER_TRANSITION if self.clock() - self.vrrp_at < TRANSITION_PERIOD else TICK

    def observe(self) -> Steps:
        """The facts of Rule 1, and at once what others may know of them."""
        seen: Seen = yield Observe()
        now = self.clock()
        self.drain_since = since(self.drain_since, seen.draining, now)
        self.inactive_since = since(self.inactive_since, seen.active is False, now)
        self.drained = self.drained and seen.draining
        if seen.active:
            self.held, self.served_at, self.not_before = True, now, float("-inf")
        if seen.draining or not seen.alive or seen.vrrp == "FAULT":
            self.held = False
        # A faulty holder must not be kept by a witness that still reaches it.
        health = "draining" if seen.draining else "fault" if seen.vrrp == "FAULT" else "ok"
        publish = Publish(health, {
            **asdict(seen), "holder": self.holder, "drained": self.drained, "relay": self.relayed.role})
        if publish != self.published:
            self.published = publish
            yield publish
        return seen

    # Rule 1. Candidate: own HAProxy answers now; not draining; metadata does not say "active" (not readable
    # counts as not active); and MASTER, or any node not in FAULT once nobody has served the address for
    # 15 s (and up to 5 s more by rank), because the MASTER may lack the API.
    def candidate(self, seen: Seen) -> bool:
        if not seen.alive or seen.draining or seen.active:
            return False
        unserved = self.clock() - self.served_at
        patient = seen.vrrp != "FAULT" and unserved >= UNSERVED_BEFORE_ANYONE + seen.rank_delay
        return seen.vrrp == "MASTER" or patient

    def served(self) -> None:
        self.served_at, self.failures, self.not_before, self.gap = self.clock(), 0, float("-inf"), CLAIM_GAP
        self.held = False

    # Rule 2. Probe all witnesses at once. Any 200: do nothing, and forget every back-off. If only the remembered
    # holder answered, over the VPC, ask the API who holds the address now.
    def watch(self, seen: Seen) -> Steps:
        """Not yet a candidate: the edge is not asked twice a second."""
        probed: Probed = yield Probe(self.holder_address, self.candidate(seen))
        if probed.served:
            self.served()
            return (yield from self.refresh(probed))
        now = self.clock()
        unserved = now - self.served_at
        if unserved >= UNSERVED_BEFORE_ERROR and now - self.error_at >= UNSERVED_BEFORE_ERROR:
            self.error_at = now
            yield Log(3, "not-served", {"seconds": round(unserved), "failures": self.failures})
        in_gap = now - self.claimed_at < self.gap and not probed.draining
        if self.candidate(seen) and now >= max(self.not_before, self.retry_at) and not in_gap:
            yield from self.claim()

    def refresh(self, probed: Probed) -> Steps:
        """Only the remembered holder answered, over the VPC: it may have lost the address since."""
        if not probed.by_address and self.clock() >= max(self.refresh_at, self.retry_at):
            self.refresh_at = self.clock() + HOLDER_REFRESH
            yield from self.get_address()

    def claim(self) -> Steps:
        """Rules 3 to 7. To return is to go back to 1."""
        # Rule 3. GET the address. Held by me: done. Locked: back to 1. Remember the holder.
        asked_at = self.clock()
        address = yield from self.get_address()
        if address is None:
            return
        if address.holder == self.me:
            return self.hold(by_claim=False)
        if self.held:
            # Deposed while healthy: someone does not see us. Give way for longer each time.
            self.held, self.gap = False, min(self.gap * 2, CLAIM_GAP_CAP)
            yield Log(4, "deposed", {"holder": address.holder, "gap": self.gap})
        if address.locked:
            self.not_before = self.clock() + LOCKED_PAUSE
            return
        # Rule 4. After the GET's answer, probe again: reserved IP, that holder over the VPC, edge. Any 200: back to 1.
        probed: Probed = yield Probe(self.holder_address, True)
        if probed.served:
            return self.served()
        # Rule 5. Check 1 once more. POST assign only within 1 s of having sent the GET, by a clock that counts
        # suspension, and never twice for one GET; too late: back to 1.
        seen = yield from self.observe()
        now = self.clock()
        if not self.candidate(seen) or (now - self.claimed_at < self.gap and not probed.draining):
            return
        if now - asked_at >= CLAIM_WINDOW:
            yield Log(4, "too-late", {"seconds": round(now - asked_at, 3)})
            return
        yield Log(6, "claim", {"from": self.holder, "vrrp": seen.vrrp})
        answer: Action | Failed = yield Assign(asked_at + CLAIM_WINDOW)
        # Rule 6. 422, error, time-out, or an action that fails or does not end: back to 1, never straight to another
        # POST. Wait as long as retry-after says, back off with jitter, never stop trying.
        if isinstance(answer, Failed):
            yield from self.back_off("assign", answer)
            if answer.status == 422 and seen.other_address:
                yield Log(2, "alert", {"problem": "this droplet already holds another reserved IP"})
            return
        if probed.draining and self.holder_address is not None:
            yield from self.relay("for", self.holder_address)
        elif self.relayed.role == "for":
            # For a predecessor of before. This one is dead, and only a reset tells the edge that its connections are: relayed
            # they would lead to nowhere, until the edge gives them up after 90 s.
            yield from self.relay("off")
        yield from self.follow(answer)

    def follow(self, action: Action) -> Steps:
        until = self.clock() + ACTION_LIMIT
        poll_at = self.clock() + ACTION_POLL
        while action.status == "in-progress" and self.clock() < until:
            yield Wait(TICK_AFTER_TRANSITION)
            # Nothing is decided meanwhile, but a drain is announced, and that the address has come.
            yield from self.observe()
            if self.clock() < poll_at:
                continue
            answer: Action | Failed = yield GetAction(action.id)
            poll_at = self.clock() + ACTION_POLL
            if isinstance(answer, Action):
                action = answer
            else:
                poll_at += answer.retry_after
        if action.status == "completed":
            self.hold(by_claim=True)
            yield Log(6, "claimed", {"action": action.id})
        else:
            yield from self.back_off(f"action {action.id} {action.status}", Failed(0))

    # Rule 7. A completed action means "I held it". Leave a gap between two claims by one node, unless the holder
    # answers "draining"; double it when deposed while healthy; any successful probe resets it.
    def hold(self, by_claim: bool) -> None:
        """The address is ours; metadata may lag."""
        now = self.clock()
        # Not by a claim that we know of: by one whose answer was lost.
        if by_claim or not self.held:
            self.held, self.claimed_at = True, now
        self.holder, self.holder_address, self.failures, self.not_before = self.me, None, 0, now + HELD_PAUSE

    def get_address(self) -> Steps:
        answer: Address | Failed = yield GetAddress()
        if isinstance(answer, Failed):
            yield from self.back_off("get", answer)
            return None
        # Our own health over the VPC says nothing about the address.
        self.holder = answer.holder
        self.holder_address = answer.holder_address if answer.holder != self.me else None
        return answer

    def back_off(self, step: str, failed: Failed) -> Steps:
        now = self.clock()
        self.not_before = now + min(BACK_OFF_CAP, TICK * 2 ** min(self.failures, 10)) * self.jitter()
        self.retry_at = max(self.retry_at, now + failed.retry_after)
        self.failures += 1
        yield Log(4, "refused", {"step": step, "status": failed.status, "pause": round(self.not_before - now, 1)})

    # Rule 8. Raise an alert when metadata says "active" and the API names another holder, or when a claim is
    # refused because this node has another reserved IP. Change nothing.
    def compare_with_api(self) -> Steps:
        """Metadata and API may only disagree for the moment of a move."""
        now = self.clock()
        if now < max(self.alert_check_at, self.retry_at):
            return
        self.alert_check_at = now + ALERT_CHECK
        address = yield from self.get_address()
        if address is not None and address.holder != self.me and not address.locked:
            yield Log(2, "alert", {"problem": "metadata says active, the API names another", "holder": address.holder})

    def relay(self, role: str, address: str | None = None) -> Steps:
        self.relayed_at, self.predecessor_silent_since = self.clock(), None
        if self.relayed != Relay(role, address):
            self.relayed = Relay(role, address)
            yield self.relayed

    def end_relay(self, seen: Seen) -> Steps:
        """A predecessor that drains no more has nothing in flight, and a reboot has made it forget its connections: relayed,
        their packets would lead to nowhere until the edge gives them up; here they are answered with a reset."""
        role, now = self.relayed.role, self.clock()
        if role == "for" and self.relayed.address is not None and now >= self.relay_look_at:
            self.relay_look_at = now + RELAY_LOOK
            probed: Probed = yield ProbePredecessor(self.relayed.address)
            self.predecessor_silent_since = since(self.predecessor_silent_since, not probed.draining, now)
        silent_since = self.predecessor_silent_since
        is_over = silent_since is not None and now - silent_since >= RELAY_SILENCE
        served = role == "for" and (is_over or now - self.relayed_at >= RELAY_PERIOD)
        if served or (role == "through" and not seen.draining):
            yield from self.relay("off")

    # Rule 9. Drain: claim no more; let an own claim end; answer "draining". Stop only when metadata says "not
    # active" and a GET names another holder and no lock, 2 s after the move at the soonest, and when nothing is in
    # flight (100 s at the latest); without the API when metadata has said so for 10 s; or at the limit.
    def drain(self, seen: Seen) -> Steps:
        """Done when the address is elsewhere for certain: metadata says no, and the API names another, unlocked."""
        now = self.clock()
        if self.drained or self.drain_since is None:
            return
        # Without a successor; what is in flight has a limit of its own after the move.
        limit = DRAIN_LIMIT + (IN_FLIGHT_LIMIT if self.relayed.role == "through" else 0.0)
        reason = "limit" if now - self.drain_since >= limit else None
        if reason is None and self.inactive_since is not None:
            if now >= max(self.drain_get_at, self.retry_at):
                self.drain_get_at = now + DRAIN_POLL
                address = yield from self.get_address()
                self.api_silent = address is None
                if address is not None and address.holder != self.me:
                    if address.holder_address is not None:
                        yield from self.relay("through", address.holder_address)
                    # What is in flight ends first: its visitors are reached through the new holder.
                    since_move = now - self.inactive_since
                    patience = IN_FLIGHT_LIMIT if seen.in_flight else IN_FLIGHT_LEAST
                    if not address.locked and since_move >= patience:
                        reason = "handed over"
            if self.api_silent and self.clock() - self.inactive_since >= DRAIN_WITHOUT_API:
                reason = "metadata says no, the API does not answer"
        if reason is not None:
            self.drained = True
            yield Log(6, "drained", {"reason": reason, "holder": self.holder})
            yield from self.observe()
