import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import { tsxCommand } from "../../programs/tsx-command";
import { waitUntil } from "../../programs/wait-until";

/** One request of a visitor. */
export interface Visit {
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly milliseconds: number;
  /** Of HTTP; 0: no answer. */
  readonly status: number;
  /** Name of the load balancer that answered, if one did. */
  readonly loadBalancer: string;
  /** Method and path. */
  readonly request: string;
  /** What is known of a failure: an error, or who answered and how the answer begins. */
  readonly problem: string;
}

/** Method, path, and what is sent as JSON. */
export type VisitorRequest = readonly [method: string, path: string, body: object | null];

export interface VisitorsOptions {
  /** @default 100 */
  readonly perSecond?: number;
  /**
   * How long each waits for its answer. TCP opens a connection anew after a second, so one that is opened in the instant
   * of a move takes a little longer than that.
   * @default 3000
   */
  readonly limitMs?: number;
  /** What they ask for, in turn. @default a static page: what is tried is the pair, not what is behind it */
  readonly requests?: readonly VisitorRequest[];
}

const STATIC_PAGE: readonly VisitorRequest[] = [["GET", "/assets/demo.css", null]];

/** Visitors of the site, on the internet side of the local cloud. */
export class Visitors implements AsyncDisposable {
  private readonly all: Visit[] = [];

  private constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      type Line = [number, number, number, string, string, string];
      const [began, milliseconds, status, loadBalancer, request, problem] = JSON.parse(line) as Line;
      this.all.push({ began, milliseconds, status, loadBalancer, request, problem });
    });
  }

  /** Resolves when the first visitors have been served. */
  static async start(cloud: LocalCloud, options: VisitorsOptions = {}): Promise<Visitors> {
    const { perSecond = 100, limitMs = 3000, requests = STATIC_PAGE } = options;
    const { hostnames } = await cloud.control.status();
    const script = path.join(__dirname, "visitor-process.ts");
    const argv = [`https://${hostnames[0]}`, String(perSecond), String(limitMs), JSON.stringify(requests)];
    const child = await cloud.startAsOperator([...tsxCommand(script), ...argv], ["pipe", "pipe", "inherit"]);
    const visitors = new Visitors(child);
    await waitUntil("answer to a visitor", 30, () => visitors.all.some(({ status }) => status === 200), 50);
    return visitors;
  }

  /** Requests that began from `start` to `end`, in the order in which they ended. */
  between(start: number, end: number): Visit[] {
    return this.all.filter(({ began }) => began >= start && began <= end);
  }

  /** Requests that ended in the last milliseconds, in the order in which they ended. */
  endedWithin(milliseconds: number): Visit[] {
    const since = Date.now() - milliseconds;
    return this.all.slice(this.all.findLastIndex((visit) => visit.began + visit.milliseconds < since) + 1);
  }

  /** Resolves when the last request is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => this.child.once("close", () => resolve()));
    this.child.stdin!.end();
    await ended;
  }
}
