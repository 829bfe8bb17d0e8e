/*
 * Who holds the reserved IP: the protocol of hold-reserved-ip as a model, for spin (https://spinroot.com).
 *
 * How to read it, if you have never seen Promela. A model is a few processes that take steps in any order; spin tries
 * every order and every choice and says whether a promise can be broken, with the shortest way there if it can.
 * `do`/`if` pick any branch whose first statement is possible (`else`: none is). `atomic` is one step. `inline` is a
 * macro. The numbered comments "Rule 1." are word for word those of reserved_ip_rule.py; a test compares them.
 *
 * Processes: one Agent for each load balancer (the program), one Detector (keepalived on all of them), one Platform
 * (DigitalOcean: assignments that take effect later, metadata that lags), one Environment (everything that goes wrong
 * and comes back). `sh check` runs it, and says with which settings:
 *   N               load balancers, 2 or 3
 *   EDGE_WITNESS    0: no witness through the edge
 *   BUDGET          events of the environment; 0: any number
 *   ONLY_API        the only events are the loss of the API and its return
 *   ONE_FAULT       one fault, and its end
 *   EDGE_TRIGGERED  the protocol of the tutorials in place of ours: the negative control
 *   WITHOUT         1, 4 or 5: leave out the patience of Rule 1, the second probe, the limit of a second: must fail
 *   LOCKSTEP        no search over orders: one order, every sequence of DEPTH events, written out for the real program
 *
 * Time is abstract. A step of an agent may come as late as it likes, so that every back-off, gap and pause of the
 * program is one of the orders that are tried. Three durations matter, and are kept:
 *   - the second between the GET and the POST: `too_late` is set by a freeze, and by an assignment that takes effect
 *     (it takes at least a second, so whoever asked before it was accepted is too late when it ends);
 *   - 15 s without service: two silent looks of one agent, with anything in between;
 *   - "for ever" is weak fairness: a process that could go on, goes on at some time.
 *
 * Assumed, and not shown here:
 *   - an assignment takes at least a second, and a POST is acted on or refused before its second is over;
 *   - a GET is right about holder and lock; metadata lags, but not for ever;
 *   - links of the VPC are symmetric; VRRP elects among those who hear each other;
 *   - the last look at the clock and the sending of the POST are one step (there is no compare-and-set in the API);
 *   - the environment rests at some time; what is promised "in the end" is promised for then.
 * Not in the model: lengths of back-off, of the gap between claims and of its doubling (they may only delay), what is in
 * flight during a drain (it may only delay the stop), the alerts (Rule 8), the limit of a drain (it is a crash), other
 * reserved IPs.
 */

#ifndef N
#define N 2
#endif
#ifndef EDGE_WITNESS
#define EDGE_WITNESS 1
#endif
#ifndef BUDGET
#define BUDGET 0
#endif
#ifndef WITHOUT
#define WITHOUT 0
#endif
#define NOBODY N
#define PAIRS (N * (N - 1) / 2)
#define PATIENT 2

mtype = { BACKUP, MASTER, FAULT };
mtype = { LOOK, ASK, PROBE, CLAIM, FOLLOW, STOP };

typedef LoadBalancer {
    /* What the environment does to it. */
    bool up, frozen, haproxy, draining, public_side, vpc_side, api, metadata;
    /* What metadata says when it can be read: this droplet holds the address. */
    bool said_active;
    mtype vrrp;
    /* Became MASTER, and the edge-triggered program has not seen it yet; ours only asks what it is now. */
    bool elected;
    /* The program said last, through its health endpoint, that it does not serve: "draining" or "fault". */
    bool refuses;
    /* The program: the step it is at, and what it remembers. */
    mtype at;
    byte known;  /* holder that the API named last */
    byte silent; /* looks in a row at which nobody served */
    bool too_late;
};

LoadBalancer node[N];
byte holder = NOBODY;
byte pending = NOBODY; /* for whom an assignment is on its way: the address is locked */
bool vpc_cut[PAIRS];
bool address_cut, edge_cut;
bool quiet; /* the environment has come to rest */

#ifdef LOCKSTEP
byte event, events_noted, claims_noted, first_master;
byte what[DEPTH];
byte when[DEPTH];
byte claims[16];
#define note(code, i) event = code * 4 + i
#define record_claim(i) claims[claims_noted] = events_noted * 16 + i * 4 + holder; claims_noted++
#else
#define note(code, i) skip
#define record_claim(i) skip
#endif

/* Not part of the protocol: for the promises. */
byte moves;
bool ok_since_probe[N * N]; /* i * N + j: i could see since its last probe that j is healthy */

#define pair(i, j) ((i) + (j) - 1)
#define running(i) (node[i].up && !node[i].frozen)
#define fit(i) (node[i].haproxy && !node[i].draining && node[i].public_side && node[i].vpc_side)
#define healthy(i) (running(i) && fit(i))
#define api_answers(i) (node[i].api && node[i].public_side)
#define able(i) (healthy(i) && api_answers(i))
/* Its health endpoint answers 200 to whoever can reach it. */
#define says_ok(i) (running(i) && node[i].haproxy && !node[i].refuses)
#define linked(i, j) (!vpc_cut[pair(i, j)] && node[i].vpc_side && node[j].vpc_side)

/* The witnesses, as i sees them. The conditional form keeps an index from running over. */
#define holder_public (holder == NOBODY -> false : says_ok(holder) && node[holder].public_side)
#define by_address(i) (!address_cut && node[i].public_side && holder_public)
#define by_edge(i) (EDGE_WITNESS && !edge_cut && node[i].public_side && holder_public)
#define over_vpc(i, j) ((j == NOBODY || j == i) -> false : says_ok(j) && linked(i, j))

#if N == 2
#define someone(p) (p(0) || p(1))
#define everyone(p) (p(0) && p(1))
#define some_vpc_cut (vpc_cut[0])
#else
#define someone(p) (p(0) || p(1) || p(2))
#define everyone(p) (p(0) && p(1) && p(2))
#define some_vpc_cut (vpc_cut[0] || vpc_cut[1] || vpc_cut[2])
#endif

/* ---- Promises, in words in docs/failover.md ---- */

#define holds_well(i) (holder == i && healthy(i))
#define witnesses_cut (address_cut && (!EDGE_WITNESS || edge_cut) && some_vpc_cut)
#define drain_hangs(i) (running(i) && node[i].draining && node[i].metadata)

#ifndef LOCKSTEP
/* Promise 1: in the end the address is, and stays, on a healthy node, if one can reach the API. */
ltl i1 { <>[](!quiet || someone(holds_well) || !someone(able)) }
/* Promise 4: it comes to rest there, unless every witness between two healthy nodes is cut: then it may go on moving. */
ltl i4 { <>[](!quiet || pending == NOBODY || witnesses_cut) }
/* Promise 5: a drain ends by itself if a healthy peer can take over. That it ends late enough is an assertion in stop(). */
ltl i5 { <>[](!quiet || !someone(able) || !someone(drain_hangs)) }
#endif
/* Assertions: 2 in claim(); 3 (after ONE_FAULT one move at most) and 6 (with ONLY_API none) in take_effect(). */

inline forget(i) {
    node[i].at = LOOK;
    node[i].known = NOBODY;
    node[i].silent = 0;
    node[i].too_late = false;
    forget_ghost(i)
}

inline forget_ghost(i) {
    ok_since_probe[i * N + 0] = false;
    ok_since_probe[i * N + 1] = false;
#if N > 2
    ok_since_probe[i * N + 2] = false
#endif
}

/* i still or no longer sees that j is healthy: j itself over the VPC, or j through the address that it holds. */
#define sees(i, j) (i != j && healthy(j) && (over_vpc(i, j) || (holder == j && (by_address(i) || by_edge(i)))))

inline still_sees(i) {
    ok_since_probe[i * N + 0] = ok_since_probe[i * N + 0] && sees(i, 0);
    ok_since_probe[i * N + 1] = ok_since_probe[i * N + 1] && sees(i, 1);
#if N > 2
    ok_since_probe[i * N + 2] = ok_since_probe[i * N + 2] && sees(i, 2)
#endif
}

inline now_sees(i) {
    ok_since_probe[i * N + 0] = sees(i, 0);
    ok_since_probe[i * N + 1] = sees(i, 1);
#if N > 2
    ok_since_probe[i * N + 2] = sees(i, 2)
#endif
}

/* After whatever changed. */
inline changed() {
    still_sees(0);
    still_sees(1);
#if N > 2
    still_sees(2)
#endif
}

/* ---- The program ---- */

// Rule 1. Candidate: own HAProxy answers now; not draining; metadata does not say "active" (not readable
// counts as not active); and MASTER, or any node not in FAULT once nobody has served the address for
// 15 s (and up to 5 s more by rank), because the MASTER may lack the API.
#if WITHOUT == 1
#define patient(i) false
#else
#define patient(i) (node[i].vrrp != FAULT && node[i].silent == PATIENT)
#endif
#define candidate(i) (node[i].haproxy && !node[i].draining && !(node[i].metadata && node[i].said_active) && \
                      (node[i].vrrp == MASTER || patient(i)))

inline back(i) {
    node[i].at = LOOK;
    node[i].too_late = false;
    forget_ghost(i)
}

/* What it knows of itself it says at once, at every step that looks. */
#define publish(i) node[i].refuses = (node[i].draining || node[i].vrrp == FAULT); changed()

inline look(i) {
    publish(i);
    if
    :: node[i].draining -> drain(i)
    :: !node[i].draining && node[i].metadata && node[i].said_active -> node[i].silent = 0
    :: !node[i].draining && !(node[i].metadata && node[i].said_active) && (!node[i].haproxy || node[i].vrrp == FAULT) ->
        /* It asks nobody, but time passes. */
        node[i].silent = (node[i].silent == 0 -> 1 : node[i].silent)
    :: else -> watch(i)
    fi
}

// Rule 2. Probe all witnesses at once. Any 200: do nothing, and forget every back-off. If only the remembered
// holder answered, over the VPC, ask the API who holds the address now.
inline watch(i) {
    if
    :: by_address(i) || over_vpc(i, node[i].known) || (candidate(i) && by_edge(i)) ->
        node[i].silent = 0;
        /* Only the remembered holder answered: it may have lost the address since. */
        if
        :: !by_address(i) && api_answers(i) -> node[i].known = (holder == i -> NOBODY : holder)
        :: else -> skip
        fi
    :: else ->
        node[i].silent = (node[i].silent == PATIENT -> PATIENT : node[i].silent + 1);
        if
        :: candidate(i) -> node[i].at = ASK
        :: else -> skip
        fi
    fi
}

// Rule 3. GET the address. Held by me: done. Locked: back to 1. Remember the holder.
inline ask(i) {
    if
    :: !api_answers(i) -> back(i)
    :: api_answers(i) && holder == i -> node[i].known = NOBODY; back(i)
    :: api_answers(i) && holder != i && pending != NOBODY -> node[i].known = holder; back(i)
    :: else -> node[i].known = holder; node[i].at = PROBE
    fi
}

// Rule 4. After the GET's answer, probe again: reserved IP, that holder over the VPC, edge. Any 200: back to 1.
inline probe(i) {
    if
    :: WITHOUT != 4 && (by_address(i) || by_edge(i) || over_vpc(i, node[i].known)) -> node[i].silent = 0; back(i)
    :: else -> node[i].at = CLAIM; now_sees(i)
    fi
}

// Rule 5. Check 1 once more. POST assign only within 1 s of having sent the GET, by a clock that counts
// suspension, and never twice for one GET; too late: back to 1.
inline claim(i) {
    publish(i);
    if
    :: !candidate(i) || (WITHOUT != 5 && node[i].too_late) || !api_answers(i) -> back(i)
    :: else ->
        if
        :: pending != NOBODY || holder == i -> printf("event: %d claims and is refused with 422\n", i); back(i)
        :: else ->
            printf("event: %d claims from %d\n", i, holder);
            /* Promise 2: nobody is deposed whom the claimant could see healthy ever since its last probe. */
            assert(holder == NOBODY || !ok_since_probe[i * N + holder]);
            record_claim(i);
            pending = i;
            back(i);
            node[i].at = FOLLOW
        fi
    fi
}

// Rule 6. 422, error, time-out, or an action that fails or does not end: back to 1, never straight to another
// POST. Wait as long as retry-after says, back off with jitter, never stop trying.
// Rule 7. A completed action means "I held it". Leave a gap between two claims by one node, unless the holder
// answers "draining"; double it when deposed while healthy; any successful probe resets it.
/* The gap may only delay (any step may come late). */
// Rule 8. Raise an alert when metadata says "active" and the API names another holder, or when a claim is
// refused because this node has another reserved IP. Change nothing.
/* An alert changes nothing. */
/* To give up (time limit, answer lost) is to forget that one has claimed: the lock says the rest. */
#define may_end_following(i) (pending != i || !api_answers(i))
inline follow(i) {
    publish(i);
    if
    :: pending != i && holder == i -> node[i].known = NOBODY
    :: else -> skip
    fi;
    back(i)
}

// Rule 9. Drain: claim no more; let an own claim end; answer "draining". Stop only when metadata says "not
// active" and a GET names another holder and no lock, 2 s after the move at the soonest, and when nothing is in
// flight (100 s at the latest); without the API when metadata has said so for 10 s; or at the limit.
inline drain(i) {
    if
    :: node[i].metadata && !node[i].said_active && api_answers(i) ->
        node[i].known = (holder == i -> NOBODY : holder);
        if
        :: holder != i && pending == NOBODY -> node[i].at = STOP
        :: else -> skip
        fi
    :: node[i].metadata && !node[i].said_active && !api_answers(i) ->
        printf("event: %d stops after 10 s without address and API\n", i);
        power_off(i)
    :: else -> skip
    fi
}

inline stop(i) {
    printf("event: %d has drained and stops\n", i);
    /* Promise 5: when it stops, the address is elsewhere and not on its way back. */
    assert(holder != i && pending != i);
    power_off(i)
}

inline power_off(i) {
    node[i].up = false;
    node[i].frozen = false;
    node[i].haproxy = false;
    node[i].draining = false;
    node[i].elected = false;
    node[i].refuses = false;
    node[i].vrrp = FAULT;
    forget(i)
}

/* ---- The negative control: claim when told MASTER, try a few times, report success ---- */

#define TRIES 2
inline edge_triggered(i) {
    if
    :: node[i].at == LOOK && node[i].elected -> node[i].elected = false; node[i].silent = 0; node[i].at = CLAIM
    :: node[i].at == CLAIM && api_answers(i) && (pending == NOBODY || holder == i) ->
        printf("event: %d claims from %d\n", i, holder);
        pending = (holder == i -> pending : i);
        node[i].at = LOOK
    :: node[i].at == CLAIM && !(api_answers(i) && (pending == NOBODY || holder == i)) ->
        node[i].silent++;
        printf("event: %d tries to claim and fails, try %d of %d\n", i, node[i].silent, TRIES);
        if
        :: node[i].silent == TRIES -> node[i].silent = 0; node[i].at = LOOK
        :: else -> skip
        fi
    fi
}

/* ---- DigitalOcean ---- */

inline expire(i) {
    node[i].too_late = (node[i].at == PROBE || node[i].at == CLAIM)
}

inline take_effect() {
    printf("event: the address moves from %d to %d\n", holder, pending);
    holder = pending;
    pending = NOBODY;
    expire(0);
    expire(1);
#if N > 2
    expire(2);
#endif
#ifdef ONE_FAULT
    moves++;
    assert(moves <= 1);
#endif
#ifdef ONLY_API
    assert(false);
#endif
    changed()
}

#define metadata_lags(i) (node[i].said_active != (holder == i))
inline refresh_metadata(i) {
    node[i].said_active = (holder == i)
}

/* ---- keepalived ---- */

#define hears(i, j) (i != j && running(j) && node[j].vrrp == MASTER && linked(i, j))
#if N == 2
#define hears_master(i) (hears(i, 0) || hears(i, 1))
#else
#define hears_master(i) (hears(i, 0) || hears(i, 1) || hears(i, 2))
#endif

#define gets_unfit(i) (running(i) && node[i].vrrp != FAULT && !fit(i))
#define gets_fit(i) (running(i) && node[i].vrrp == FAULT && fit(i))
#define gets_elected(i) (running(i) && node[i].vrrp == BACKUP && fit(i) && !hears_master(i))
#define steps_down(i) (running(i) && node[i].vrrp == MASTER && fit(i) && hears_master(i))

#ifdef EDGE_TRIGGERED
#define tell(i, what) node[i].elected = what
#else
#define tell(i, what) skip
#endif

#define detector_can(i) (gets_unfit(i) || gets_fit(i) || gets_elected(i) || steps_down(i))
inline detect(i) {
    if
    :: gets_unfit(i) -> node[i].vrrp = FAULT; node[i].elected = false; printf("event: %d is FAULT\n", i)
    :: gets_fit(i) -> node[i].vrrp = BACKUP
    :: gets_elected(i) -> node[i].vrrp = MASTER; tell(i, true); printf("event: %d is MASTER\n", i)
    :: steps_down(i) -> node[i].vrrp = BACKUP; node[i].elected = false; printf("event: %d is BACKUP\n", i)
    fi;
    changed()
}

/* ---- What goes wrong, and what comes back ---- */

byte events; /* of the environment, so far; only counted where that is asked for */

#ifdef ONE_FAULT
#define may_fail (events == 0)
#define may_return true
#define failed events++
#define returned skip
#elif BUDGET > 0
#define may_fail (events < BUDGET)
#define may_return may_fail
#define failed events++
#define returned events++
#else
#define may_fail true
#define may_return true
#define failed skip
#define returned skip
#endif

inline event_of_node(i) {
    if
    :: may_fail && node[i].api -> failed; node[i].api = false; note(0, i); printf("event: %d loses the API\n", i)
    :: may_return && !node[i].api -> returned; node[i].api = true; note(1, i); printf("event: %d has the API again\n", i)
#ifndef ONLY_API
    :: may_fail && node[i].up -> failed; power_off(i); note(2, i); printf("event: %d loses power\n", i)
    :: may_return && !node[i].up ->
        returned;
        node[i].up = true;
        node[i].haproxy = true;
        note(3, i);
        printf("event: %d starts\n", i)
    :: may_fail && running(i) ->
        failed;
        node[i].frozen = true;
        expire(i);
        note(4, i);
        printf("event: %d freezes\n", i)
    :: may_return && node[i].frozen ->
        returned;
        node[i].frozen = false;
        /* The clock counts suspension. */
        node[i].silent = (node[i].silent == 0 -> 1 : node[i].silent);
        note(5, i);
        printf("event: %d thaws, and goes on where it was\n", i)
    :: may_fail && running(i) && node[i].haproxy ->
        failed;
        node[i].haproxy = false;
        note(6, i);
        printf("event: HAProxy of %d dies\n", i)
    :: may_return && running(i) && !node[i].haproxy ->
        returned;
        node[i].haproxy = true;
        note(7, i);
        printf("event: HAProxy of %d is back\n", i)
    :: may_fail && running(i) && !node[i].draining ->
        failed;
        node[i].draining = true;
        note(8, i);
        printf("event: %d begins to drain\n", i)
    :: may_fail && node[i].public_side ->
        failed;
        node[i].public_side = false;
        note(9, i);
        printf("event: the public side of %d is cut\n", i)
    :: may_return && !node[i].public_side ->
        returned;
        node[i].public_side = true;
        note(10, i);
        printf("event: the public side of %d is back\n", i)
    :: may_fail && node[i].vpc_side ->
        failed;
        node[i].vpc_side = false;
        note(21, i);
        printf("event: %d is cut from the VPC\n", i)
    :: may_return && !node[i].vpc_side ->
        returned;
        node[i].vpc_side = true;
        note(22, i);
        printf("event: %d is back in the VPC\n", i)
    :: may_fail && node[i].metadata ->
        failed;
        node[i].metadata = false;
        note(11, i);
        printf("event: %d loses metadata\n", i)
    :: may_return && !node[i].metadata ->
        returned;
        node[i].metadata = true;
        note(12, i);
        printf("event: %d has metadata again\n", i)
    :: may_fail && running(i) && (node[i].at != LOOK || node[i].known != NOBODY || node[i].silent > 0) ->
        failed;
        forget(i);
        /* It does not know what it was told before. */
        tell(i, node[i].vrrp == MASTER);
        note(13, i);
        printf("event: the program of %d is killed and starts again\n", i)
#endif
    fi;
    changed()
}

inline event_of_network(p) {
    if
    :: may_fail && !vpc_cut[p] -> failed; vpc_cut[p] = true; note(14, p); printf("event: link %d of the VPC is cut\n", p)
    :: may_return && vpc_cut[p] -> returned; vpc_cut[p] = false; note(15, p); printf("event: link %d of the VPC is back\n", p)
    fi;
    changed()
}

inline event_of_platform() {
    if
    :: may_fail && !address_cut ->
        failed;
        address_cut = true;
        note(16, 0);
        printf("event: the load balancers cannot reach the reserved IP\n")
    :: may_return && address_cut ->
        returned;
        address_cut = false;
        note(17, 0);
        printf("event: the load balancers can reach the reserved IP again\n")
#if EDGE_WITNESS
    :: may_fail && !edge_cut ->
        failed;
        edge_cut = true;
        note(18, 0);
        printf("event: the load balancers cannot reach the edge\n")
    :: may_return && edge_cut ->
        returned;
        edge_cut = false;
        note(19, 0);
        printf("event: the load balancers can reach the edge again\n")
#endif
    :: may_fail && pending != NOBODY ->
        failed;
        pending = NOBODY;
        note(20, 0);
        printf("event: the assignment ends in an error\n")
    fi;
    changed()
}

inline starts_well(i) {
    node[i].up = true;
    node[i].haproxy = true;
    node[i].public_side = true;
    node[i].vpc_side = true;
    node[i].api = true;
    node[i].metadata = true;
    node[i].vrrp = BACKUP;
    node[i].at = LOOK;
    node[i].known = NOBODY
}

inline start() {
    starts_well(0);
    starts_well(1);
#if N > 2
    starts_well(2);
#endif
    holder = 0;
    node[0].said_active = true
}

/* ---- The processes ---- */

#ifndef LOCKSTEP

proctype Agent(byte i) {
    do
#ifdef EDGE_TRIGGERED
    :: atomic { running(i) && (node[i].at != LOOK || node[i].elected) -> edge_triggered(i) }
    :: atomic { running(i) && node[i].draining && holder != i -> power_off(i); changed() }
#else
    :: atomic { running(i) && node[i].at == LOOK -> look(i) }
    :: atomic { running(i) && node[i].at == ASK -> ask(i) }
    :: atomic { running(i) && node[i].at == PROBE -> probe(i) }
    :: atomic { running(i) && node[i].at == CLAIM -> claim(i) }
    :: atomic { running(i) && node[i].at == FOLLOW && node[i].refuses != (node[i].draining || node[i].vrrp == FAULT) ->
            publish(i) }
    :: atomic { running(i) && node[i].at == FOLLOW -> follow(i) }
    :: atomic { running(i) && node[i].at == STOP -> stop(i); changed() }
#endif
    od
}

proctype Detector() {
    do
    :: atomic { detector_can(0) -> detect(0) }
    :: atomic { detector_can(1) -> detect(1) }
#if N > 2
    :: atomic { detector_can(2) -> detect(2) }
#endif
    od
}

proctype Platform() {
    do
    :: atomic { pending != NOBODY -> take_effect() }
    :: atomic { metadata_lags(0) -> refresh_metadata(0) }
    :: atomic { metadata_lags(1) -> refresh_metadata(1) }
#if N > 2
    :: atomic { metadata_lags(2) -> refresh_metadata(2) }
#endif
    /* Time passes: without it, a world in which nobody can take a step would not count as lasting for ever. */
    :: else -> skip
    od
}

/* The environment; it is the first process, and starts the others. */
init {
    atomic {
        start();
#if !defined(ONE_FAULT) && !defined(ONLY_API) && !defined(EDGE_TRIGGERED)
        if
        :: skip
        :: holder = NOBODY; node[0].said_active = false /* never assigned, or its droplet was deleted */
        fi;
#endif
        run Agent(0);
        run Agent(1);
#if N > 2
        run Agent(2);
#endif
        run Detector();
        run Platform()
    };
    do
    :: atomic { event_of_node(0) }
    :: atomic { event_of_node(1) }
#if N > 2
    :: atomic { event_of_node(2) }
#endif
#ifndef ONLY_API
    :: atomic { event_of_network(0) }
#if N > 2
    :: atomic { event_of_network(1) }
    :: atomic { event_of_network(2) }
#endif
    :: atomic { event_of_platform() }
#endif
    :: quiet = true; break
    od
}

#else

/*
 * One order instead of all: keepalived, then the program on one load balancer after the other, each until it waits, then
 * DigitalOcean. What remains open is what happens, and when: with everything at rest, or just before a claimant asks
 * the API, probes again or claims, or before an assignment takes effect. follow-sequences.py has the same order.
 */
#define ROUNDS 8
byte turn, round;
bool waits, reached;
mtype moment;

inline advance() {
    round = 0;
    reached = false;
    do
    :: reached || round == ROUNDS -> break
    :: else ->
        do
        :: detector_can(0) -> detect(0)
        :: !detector_can(0) && detector_can(1) -> detect(1)
        :: else -> break
        od;
        if
        :: turn == N && moment == FOLLOW && pending != NOBODY -> reached = true
        :: turn == N && !(moment == FOLLOW && pending != NOBODY) ->
            refresh_metadata(0);
            refresh_metadata(1);
            if
            :: pending != NOBODY -> take_effect()
            :: else -> skip
            fi;
            turn = 0;
            round++
        :: turn < N && (waits || !running(turn)) -> turn++; waits = false
        :: turn < N && !waits && running(turn) ->
            if
            :: node[turn].at == moment && moment != LOOK && moment != FOLLOW -> reached = true
            :: else ->
                if
                :: node[turn].at == LOOK -> look(turn); waits = (node[turn].at == LOOK)
                :: node[turn].at == ASK -> ask(turn); waits = (node[turn].at == LOOK)
                :: node[turn].at == PROBE -> probe(turn); waits = (node[turn].at == LOOK)
                :: node[turn].at == CLAIM -> claim(turn); waits = true
                :: node[turn].at == FOLLOW && may_end_following(turn) -> follow(turn); waits = true
                :: node[turn].at == FOLLOW && !may_end_following(turn) -> publish(turn); waits = true
                :: node[turn].at == STOP -> stop(turn); changed(); waits = true
                fi
            fi
        fi
    od
}

/*
 * first MASTER | moment:event.node ... (events by their number in note()) | claims, as after how many events:by whom<from
 * whom | holder in the end
 */
c_code {
    void print_sequence(void) {
        int k;
        printf("%d |", now.first_master);
        for (k = 0; k < now.events_noted; k++)
            printf(" %d:%d.%d", now.when[k], now.what[k] / 4, now.what[k] % 4);
        printf(" |");
        for (k = 0; k < now.claims_noted; k++)
            printf(" %d:%d<%d", now.claims[k] / 16, now.claims[k] / 4 % 4, now.claims[k] % 4);
        printf(" | %d\n", now.holder);
    }
};

init {
    start();
    if
    :: first_master = 0
    :: first_master = 1; node[1].vrrp = MASTER
    fi;
    moment = LOOK;
    atomic { advance() };
    do
    :: events_noted < DEPTH ->
        if
        :: moment = LOOK; when[events_noted] = 0
        :: events_noted > 0 -> moment = ASK; when[events_noted] = 1
        :: events_noted > 0 -> moment = PROBE; when[events_noted] = 2
        :: events_noted > 0 -> moment = CLAIM; when[events_noted] = 3
        :: events_noted > 0 -> moment = FOLLOW; when[events_noted] = 4
        fi;
        atomic { advance() };
        /* A moment that does not come is no sequence. */
        reached || moment == LOOK;
        atomic {
            if
            :: event_of_node(0)
            :: event_of_node(1)
            :: event_of_network(0)
            :: event_of_platform()
            fi;
            what[events_noted] = event;
            events_noted++
        }
    :: else ->
        moment = LOOK;
        atomic { advance() };
        c_code { print_sequence(); };
        break
    od
}
#endif
