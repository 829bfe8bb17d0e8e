/** Something that the person at the keyboard can put right; shown without a stack trace. */
export class UserError extends Error {}

/** Runs a program's main function and ends with the status it returns, or with 1 and a message. */
export function runMain(main: (args: readonly string[]) => Promise<number>): void {
  main(process.argv.slice(2)).then(
    (status) => (process.exitCode = status),
    (error: Error & { code?: string }) => {
      const expected = error instanceof UserError || error.code?.startsWith("ERR_PARSE_ARGS");
      process.stderr.write(`${expected ? error.message : error.stack}\n`);
      process.exitCode = 1;
    },
  );
}
