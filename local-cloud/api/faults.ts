import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Clock } from "./clock";

/** What goes wrong with a request that a fault matches. */
export type FaultBehaviour =
  | {
      readonly kind: "respond";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** An object is sent as JSON, a string as it is. @default no body */
      readonly body?: unknown;
    }
  /** The connection is closed without an answer, before anything happened. */
  | { readonly kind: "drop" }
  /** The connection is closed without an answer, after everything happened: what makes a client repeat a create. */
  | { readonly kind: "drop-answer" }
  | { readonly kind: "delay"; readonly milliseconds: number };

/** One switch: the first that matches a request decides about it. */
export interface Fault {
  readonly method?: string;
  /** Matched against the path without its query. */
  readonly path?: RegExp;
  /** Address of the client. */
  readonly from?: string;
  readonly behaviour: FaultBehaviour;
  /** How many requests it hits. @default all */
  readonly times?: number;
}

/** Fault switches of one API: unreachable, slow, rate-limited, refusing. Off until set. */
export class Faults {
  private active: Array<{ readonly fault: Fault; left: number }> = [];
  private readonly unanswered = new WeakSet<FastifyRequest>();

  /** Replaces all switches; an empty list turns every fault off. */
  set(faults: readonly Fault[]): void {
    this.active = faults.map((fault) => ({ fault, left: fault.times ?? Infinity }));
  }

  /** Hooks the switches in front of all routes of an application. */
  install(app: FastifyInstance, clock: Clock): void {
    app.addHook("onRequest", async (request, reply) => {
      const behaviour = this.take(request);
      if (behaviour?.kind === "delay") await clock.sleep(behaviour.milliseconds);
      if (behaviour?.kind === "drop-answer") this.unanswered.add(request);
      if (behaviour?.kind === "drop") {
        reply.hijack();
        request.raw.socket.destroy();
      }
      if (behaviour?.kind !== "respond") return undefined;
      return reply
        .code(behaviour.status)
        .headers(behaviour.headers ?? {})
        .send(behaviour.body);
    });
    app.addHook("onSend", async (request) => {
      if (this.unanswered.has(request)) request.raw.socket.destroy();
    });
  }

  private take(request: FastifyRequest): FaultBehaviour | undefined {
    const path = request.url.split("?")[0] ?? "";
    const hit = this.active.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method ?? request.method) === request.method &&
        (fault.from ?? request.ip) === request.ip &&
        (fault.path?.test(path) ?? true),
    );
    if (hit) hit.left -= 1;
    return hit?.fault.behaviour;
  }
}
