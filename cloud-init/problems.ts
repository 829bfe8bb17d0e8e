/** One thing that is wrong with the settings a person gave. */
export interface Problem {
  /** Where, in the words of the settings: `extraFiles[0].path`. */
  readonly path: string;
  /** What is wrong, what was given, what is allowed: `must be absolute, got "motd"`. */
  readonly message: string;
}

/** Every problem of one input at once, one a line. */
export class SettingsError extends Error {
  /** What is wrong, each with the path of its setting. */
  public readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
    this.name = "SettingsError";
    this.problems = problems;
  }
}

/** Returns if there is nothing to report, else throws one `SettingsError` with all of it. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new SettingsError(problems);
}

/** Runs a parser that throws, and turns what it throws into a problem at `path`. */
export function problemsOf(path: string, parse: () => unknown): Problem[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [{ path, message: (error as Error).message }];
  }
}
