import { setTimeout as sleep } from "node:timers/promises";

/** What visitors do again and again. */
export interface Habit {
  /** For the report of a failure. */
  readonly name: string;
  /** Rejects when the answer is not as it should be. */
  readonly ask: () => Promise<unknown>;
  /** So often, however long each takes; or this number of visitors, each one request after the other. */
  readonly rate: { readonly perSecond: number } | { readonly visitors: number };
}

export interface Visit {
  readonly habit: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  /** @default none, all was well */
  readonly problem?: string;
}

/** Visitors with habits, until disposed of; then until the last of them has been answered. */
export class Load implements AsyncDisposable {
  readonly visits: Visit[] = [];
  private isEnding = false;
  private readonly running = new Set<Promise<void>>();

  constructor(habits: readonly Habit[]) {
    for (const habit of habits) this.run(this.follow(habit));
  }

  failed(): Visit[] {
    return this.visits.filter(({ problem }) => problem !== undefined);
  }

  /** How many visits each habit had, and the longest. */
  summary(): string {
    const names = [...new Set(this.visits.map(({ habit }) => habit))];
    const describe = (name: string) => {
      const own = this.visits.filter(({ habit }) => habit === name);
      const slowest = Math.max(...own.map(({ began, ended }) => ended - began)) / 1000;
      return `${own.length} × ${name} (${slowest.toFixed(1)} s at most)`;
    };
    return `${names.map(describe).join(", ")}; ${this.failed().length} failed`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isEnding = true;
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private run(work: Promise<void>): void {
    const running = work.finally(() => this.running.delete(running));
    this.running.add(running);
  }

  private async follow(habit: Habit): Promise<void> {
    if ("visitors" in habit.rate) {
      for (let visitor = 1; visitor < habit.rate.visitors; visitor++)
        this.run(this.follow({ ...habit, rate: { visitors: 1 } }));
      while (!this.isEnding) await this.visit(habit);
    } else for (; !this.isEnding; await sleep(1000 / habit.rate.perSecond)) this.run(this.visit(habit));
  }

  private async visit({ name, ask }: Habit): Promise<void> {
    const began = Date.now();
    const problem = await ask().then(
      () => undefined,
      (error: unknown) => String(error).replace(/\s+/g, " ").slice(0, 300),
    );
    this.visits.push({ habit: name, began, ended: Date.now(), ...(problem === undefined ? {} : { problem }) });
    // A site that answers every request with an error at once must not be asked a thousand times a second.
    if (problem !== undefined) await sleep(200);
  }
}

/** A line for each of the first visits: what, when it began and ended, why it went wrong. */
export function describeVisits(visits: readonly Visit[]): string[] {
  const lines = visits.slice(0, 12).map(({ habit, began, ended, problem }) => {
    const [from, to] = [began, ended].map((time) => new Date(time).toISOString().slice(11, 23));
    return `${habit} ${from} to ${to}: ${problem}`;
  });
  return visits.length > lines.length ? [...lines, `… ${visits.length} in all`] : lines;
}
