import { waitUntil } from "../../programs/wait-until";

/** As `waitUntil`, but asks again also after an error; fails with the last one. */
export async function eventually<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T> {
  let last: unknown;
  const tryAsk = () =>
    ask().catch((error: unknown) => {
      last = error;
      return undefined;
    });
  return waitUntil(what, seconds, tryAsk, 200).catch((error: unknown) => {
    throw last === undefined ? error : new Error(`${(error as Error).message} (${String(last)})`);
  });
}
