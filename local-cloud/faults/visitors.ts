import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { LocalCloud } from "../cli/local-cloud";
import { operatorEnvironment } from "../cli/operator";
import { tsxCommand } from "../cli/tsx";
import { waitUntil } from "../outer-cloud/wait-until";

/** One request of a visitor. */
export interface Visit {
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly milliseconds: number;
  /** Of HTTP; 0: no answer. */
  readonly status: number;
  /** Name of the load balancer that answered, if one did. */
  readonly loadBalancer: string;
}

/** A static page: what is tried is the pair, not what is behind it. */
const PAGE = "/assets/demo.css";

/** Visitors of the site, where people are: on the internet side of the local cloud. */
export class Visitors implements AsyncDisposable {
  private readonly all: Visit[] = [];

  private constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const [began, milliseconds, status, loadBalancer] = JSON.parse(line) as [number, number, number, string];
      this.all.push({ began, milliseconds, status, loadBalancer });
    });
  }

  /** Resolves when the first visitors have been served. Each gives up after a second. */
  static async start(cloud: LocalCloud, perSecond = 100): Promise<Visitors> {
    const { hostnames } = await cloud.control.status();
    const script = path.join(__dirname, "visitor-process.ts");
    const argv = [...tsxCommand(script), `https://${hostnames[0]}${PAGE}`, String(perSecond), "1000"];
    const [program, ...args] = await cloud.outerCloud.enter(argv, "internet");
    const child = spawn(program!, args, {
      env: operatorEnvironment(cloud.directory),
      stdio: ["pipe", "pipe", "inherit"],
    });
    const visitors = new Visitors(child);
    await waitUntil("answer to a visitor", 30, () => visitors.all.some(({ status }) => status === 200), 50);
    return visitors;
  }

  /** Requests that began from `start` to `end`, in the order in which they ended. */
  between(start: number, end: number): Visit[] {
    return this.all.filter(({ began }) => began >= start && began <= end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => this.child.once("close", () => resolve()));
    this.child.stdin!.end();
    await ended;
  }
}
