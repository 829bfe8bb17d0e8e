/** A structured line of hold-reserved-ip (`event=claim from=12 vrrp="MASTER"`), and when it was written. */
export interface NodeEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Name of the droplet. */
  readonly node: string;
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Reads the output of `journalctl --output json`; lines that are no events are left out. */
export function parseNodeEvents(node: string, journal: string): NodeEvent[] {
  return journal
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line): NodeEvent[] => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      const message = String(entry.MESSAGE);
      const event = /^event=(\S+)/.exec(message)?.[1];
      if (event === undefined) return [];
      return [{ at: Number(entry.__REALTIME_TIMESTAMP) / 1000, node, event, detail: parseDetail(message) }];
    });
}

function parseDetail(message: string): Record<string, unknown> {
  const pairs = message.matchAll(/ ([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"]+)/g);
  return Object.fromEntries([...pairs].map(([, key, value]) => [key!, JSON.parse(value!) as unknown]));
}
