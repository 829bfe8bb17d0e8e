import { spawn, type ChildProcessByStdio } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { findCloudInitDirectory } from "../../../cloud-init/rootfs";

/** What the rule asks for: the classes of reserved_ip_rule.py. */
export type Wanted =
  | { kind: "Observe" }
  | { kind: "Probe"; holder_address: string | null; edge: boolean }
  | { kind: "ProbePredecessor"; address: string }
  | { kind: "GetAddress" }
  | { kind: "Assign"; deadline: number }
  | { kind: "GetAction"; id: number }
  | { kind: "Relay"; role: string; address: string | null }
  | { kind: "Wait"; seconds: number }
  | { kind: "Publish"; health: string; state: Record<string, unknown> }
  | { kind: "Log"; level: number; event: string; detail: Record<string, unknown> };

export type Answer = { kind: string } & Record<string, unknown>;

/** The rule of hold-reserved-ip in a process of its own, one step at a time, at a time that the test gives. */
export class RuleProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;

  constructor(dropletId: number) {
    const library = join(findCloudInitDirectory(), "load-balancer/rootfs/usr/local/lib/infrastructure");
    this.child = spawn("python3", [join(__dirname, "drive-rule.py"), library, String(dropletId)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async wanted(): Promise<Wanted> {
    const line = await this.lines.next();
    if (line.done) throw new Error("the rule ended, its error is above");
    return JSON.parse(line.value) as Wanted;
  }

  answer(now: number, answer: Answer): void {
    this.child.stdin.write(`${JSON.stringify({ now, ...answer })}\n`);
  }

  stop(): void {
    this.child.stdin.end();
  }
}
