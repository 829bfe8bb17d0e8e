const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of a duration as Go writes it (`90s`, `1h30m`, `1.5m`); undefined when the text is none. */
export function tryParseGoDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    seconds += Number(amount) * (unitSeconds[unit ?? ""] ?? 0);
  }
  return seconds;
}

/** Seconds of a duration as Go writes it; throws on any other text. */
export function parseGoDuration(text: string): number {
  const seconds = tryParseGoDuration(text);
  if (seconds === undefined) throw new Error(`invalid duration, got "${text}", allowed for example "90s" or "1h30m"`);
  return seconds;
}

/** The text Go prints for a whole number of seconds: `1m0s`, `1h0m0s`. */
export function renderGoDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
