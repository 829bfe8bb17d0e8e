/** Something that the person at the keyboard can put right; shown without a stack trace. */
export class UserError extends Error {}

/**
 * Runs a program's main function and ends with the status it returns: with 1 when it fails, or with
 * `userErrorStatus` (and a message without a stack trace) when the person at the keyboard can put it right.
 */
export function runMain(main: (args: readonly string[]) => Promise<number>, userErrorStatus = 1): void {
  main(process.argv.slice(2)).then(
    (status) => (process.exitCode = status),
    (error: unknown) => {
      // The code of a DOMException is a number.
      const badArguments = /^ERR_PARSE_ARGS/.test(String((error as { code?: unknown }).code));
      const expected = error instanceof UserError || badArguments;
      const text = expected ? (error as Error).message : error instanceof Error ? error.stack : String(error);
      process.stderr.write(`${text}\n`);
      process.exitCode = expected ? userErrorStatus : 1;
    },
  );
}
