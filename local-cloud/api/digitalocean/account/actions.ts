import type { Clock } from "../../clock";
import { timestamp } from "../../clock";
import type { Log } from "../../log";
import type { ActionRecord, Store } from "./store";

/** What an action is about. */
export interface ActionSubject {
  readonly type: string;
  readonly resourceId: number;
  readonly resourceType: "droplet" | "reserved_ip";
  readonly region: string;
  readonly reservedIp?: string;
}

/** Work that DigitalOcean does after it has answered, and reports on under `/v2/actions`. */
export class Actions {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Starts `work` in the background after `latency` milliseconds. The action ends "completed", or "errored" when the
   * work rejects; `always` runs in either case, before the action shows its end.
   */
  start(subject: ActionSubject, latency: number, work: () => Promise<void>, always: () => void): ActionRecord {
    const action: ActionRecord = {
      ...subject,
      reservedIp: subject.reservedIp,
      id: this.store.nextNumber(2_000_000_000),
      startedAt: timestamp(this.clock.now()),
      status: "in-progress",
      completedAt: null,
    };
    this.store.actions.set(action.id, action);
    void this.run(action, latency, work, always);
    return action;
  }

  private async run(
    action: ActionRecord,
    latency: number,
    work: () => Promise<void>,
    always: () => void,
  ): Promise<void> {
    try {
      await this.clock.sleep(latency);
      await work();
      action.status = "completed";
    } catch (error) {
      action.status = "errored";
      this.log.error(
        { err: error, action: action.id, type: action.type, resource: action.resourceId },
        "action failed on the platform",
      );
    } finally {
      always();
      action.completedAt = timestamp(this.clock.now());
    }
  }
}
