import { RuleProcess, type Answer, type Wanted } from "./rule-process";

/** One thing the rule did, and when. */
export type Deed = Wanted & { readonly at: number };

/** This load balancer. Its peer is 2. */
export const me = 1;
const addressesInVpc: Record<number, string> = { 1: "10.10.0.5", 2: "10.10.0.6", 3: "10.10.0.7" };

/**
 * What one load balancer sees of a cloud, in simulated time: a wait takes as long as asked, a request as long as
 * `takes` says. Fields may be changed between two runs, or at a given time with `later`.
 */
export class SimulatedCloud {
  now = 0;
  vrrp = "BACKUP";
  alive = true;
  draining = false;
  rankDelay = 0;
  inFlight = 0;
  otherAddress = false;
  /** What the API says. */
  holder: number | null = 2;
  locked = false;
  /** undefined: metadata follows the API at once. */
  metadata: boolean | null | undefined;
  /** What each droplet answers when asked for its health. Missing: nothing. */
  health: Record<number, "ok" | "draining" | "fault"> = { 1: "ok", 2: "ok" };
  /** Which ways to the holder work. */
  reservedIpWorks = true;
  vpcWorks = true;
  edgeWorks = true;
  /** What the API answers instead of working. */
  getFails: { status: number; retry_after?: number } | undefined;
  assignFails: { status: number; retry_after?: number } | undefined;
  actionEnds: "completed" | "errored" | "never" = "completed";
  assignSeconds = 2;
  takes: Record<string, number> = { Observe: 0.01, Probe: 0.05, GetAddress: 0.1, Assign: 0.1, GetAction: 0.1 };
  readonly deeds: Deed[] = [];

  private action: { id: number; endsAt: number; ended: boolean } | undefined;
  private readonly plans: Array<{ at: number; change: () => void }> = [];
  private readonly rule = new RuleProcess(me);

  later(at: number, change: () => void): void {
    this.plans.push({ at, change });
  }

  /** Lets the rule work until that time. */
  async runUntil(time: number): Promise<void> {
    while (this.now < time) {
      const wanted = await this.rule.wanted();
      this.deeds.push({ ...wanted, at: this.now });
      this.advance(wanted.kind === "Wait" ? wanted.seconds : (this.takes[wanted.kind] ?? 0));
      this.rule.answer(this.now, this.answer(wanted));
    }
  }

  /** The deeds of these kinds, oldest first. */
  did<K extends Wanted["kind"]>(...kinds: K[]): Array<Extract<Deed, { kind: K }>> {
    return this.deeds.filter((deed): deed is Extract<Deed, { kind: K }> => (kinds as string[]).includes(deed.kind));
  }

  logged(event: string): Array<Extract<Deed, { kind: "Log" }>> {
    return this.did("Log").filter((log) => log.event === event);
  }

  stop(): void {
    this.rule.stop();
  }

  private advance(seconds: number): void {
    this.now += seconds;
    for (const plan of this.plans.filter(({ at }) => at <= this.now)) {
      this.plans.splice(this.plans.indexOf(plan), 1);
      plan.change();
    }
    if (this.action && !this.action.ended && this.now >= this.action.endsAt && this.actionEnds !== "never") {
      this.action.ended = true;
      this.locked = false;
      if (this.actionEnds === "completed") this.holder = me;
    }
  }

  private answer(wanted: Wanted): Answer {
    switch (wanted.kind) {
      case "Observe":
        return {
          kind: "Seen",
          vrrp: this.vrrp,
          alive: this.alive,
          draining: this.draining,
          active: this.metadata === undefined ? this.holder === me : this.metadata,
          rank_delay: this.rankDelay,
          in_flight: this.inFlight,
          other_address: this.otherAddress,
        };
      case "Probe":
        return this.probed(wanted);
      case "ProbePredecessor": {
        const health = this.healthOverVpc(wanted.address);
        return { kind: "Probed", served: health === "ok", draining: health === "draining" };
      }
      case "GetAddress":
        if (this.getFails) return { kind: "Failed", ...this.getFails };
        return {
          kind: "Address",
          holder: this.holder,
          holder_address: this.holder === null ? null : (addressesInVpc[this.holder] ?? null),
          locked: this.locked,
        };
      case "Assign":
        if (this.assignFails) return { kind: "Failed", ...this.assignFails };
        this.action = { id: this.deeds.length, endsAt: this.now + this.assignSeconds, ended: false };
        this.locked = true;
        return { kind: "Action", id: this.action.id, status: "in-progress" };
      case "GetAction": {
        const ended = this.action?.ended ?? false;
        return { kind: "Action", id: wanted.id, status: ended ? this.actionEnds : "in-progress" };
      }
      default:
        return { kind: "Nothing" };
    }
  }

  private probed(probe: Extract<Wanted, { kind: "Probe" }>): Answer {
    const atAddress = this.holder === null ? undefined : this.health[this.holder];
    const overVpc = this.healthOverVpc(probe.holder_address);
    const throughEdge = probe.edge && this.edgeWorks ? atAddress : undefined;
    const answers = [this.reservedIpWorks ? atAddress : undefined, overVpc, throughEdge];
    return {
      kind: "Probed",
      served: answers.includes("ok"),
      by_address: answers[0] === "ok" || answers[2] === "ok",
      draining: answers.includes("draining"),
    };
  }

  private healthOverVpc(asked: string | null) {
    const id = Object.entries(addressesInVpc).find(([, address]) => address === asked)?.[0];
    return id === undefined || !this.vpcWorks ? undefined : this.health[Number(id)];
  }
}
