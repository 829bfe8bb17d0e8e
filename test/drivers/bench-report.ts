import { renderMarkdownTable, renderTable } from "../../programs/table";
import { GeneratedText } from "../../rehearsal/bench/generated-text";
import { describeMachine } from "../../rehearsal/bench/machine";

/** Where the figures stand in docs/data.md. */
export const FIGURES = new GeneratedText("database figures", "npm run bench:database -- --write-docs");

/** Transactions per second, one figure for each round. */
export interface Measurement {
  /** Percent of a core that each PostgreSQL server had. */
  readonly share: number;
  readonly seconds: number;
  readonly clients: number;
  readonly replicas: { readonly one: number[]; readonly two: number[] };
  readonly connections: Record<"endpointKept" | "directKept" | "endpointNew" | "directNew", number[]>;
  readonly loads: readonly number[];
}

const HEADING = ["TRANSACTIONS PER SECOND", "median", "lowest", "highest"];

/** For the terminal. */
export function renderText(measurement: Measurement): string {
  const lines = [describe(measurement), renderTable(HEADING, rows(measurement)), ...ratios(measurement)];
  return lines.join("\n");
}

/** For the document. */
export function renderMarkdown(measurement: Measurement): string {
  const heading = HEADING.map((text) => text.toLowerCase());
  const list = ratios(measurement).map((line) => `- ${line}`);
  return [describe(measurement), "", renderMarkdownTable(heading, rows(measurement)), "", ...list].join("\n");
}

/** The middle one, or the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.ceil(values.length / 2) - 1]!;
}

function describe({ share, seconds, clients, replicas, loads }: Measurement): string {
  const pgbench = `pgbench, select only, ${clients} clients, ${seconds} s, ${replicas.one.length} rounds in turn`;
  return `${describeMachine(loads)} ${pgbench}. Each PostgreSQL server had ${share} % of a core, so that servers are compared and not the cores that they share.`;
}

function rows({ replicas, connections }: Measurement): string[][] {
  const kinds: ReadonlyArray<readonly [string, readonly number[]]> = [
    ["read endpoint, two replicas", replicas.two],
    ["read endpoint, one replica", replicas.one],
    ["primary, kept connections, endpoint", connections.endpointKept],
    ["primary, kept connections, direct with TLS", connections.directKept],
    ["primary, a connection for each transaction, endpoint", connections.endpointNew],
    ["primary, a connection for each transaction, direct with TLS", connections.directNew],
  ];
  return kinds.map(([kind, values]) => {
    const figures = [median(values), Math.min(...values), Math.max(...values)];
    return [kind, ...figures.map((figure) => figure.toFixed(figure < 100 ? 1 : 0))];
  });
}

/** Of each round by itself: what disturbs this machine disturbs both sides of it. */
function ratios({ replicas, connections }: Measurement): string[] {
  return [
    `two replicas answer ${ratio(replicas.two, replicas.one)} times as many as one`,
    `with kept connections the endpoint answers ${ratio(connections.endpointKept, connections.directKept)} times as many as the primary directly`,
    `with a connection for each transaction the endpoint answers ${ratio(connections.endpointNew, connections.directNew)} times as many as the primary directly`,
  ];
}

function ratio(ones: readonly number[], others: readonly number[]): string {
  const values = ones.map((one, round) => one / others[round]!);
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
}
