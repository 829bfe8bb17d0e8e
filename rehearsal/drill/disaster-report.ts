import { describeViolation, type Verdict, type Violation } from "../ledger/check-history";

/** What a second site is promised to take, and what WAL that is not in the backups yet may hold, with the time to copy it. */
export const RECOVERY_LIMIT_SECONDS = 600;
export const LOSS_LIMIT_SECONDS = 310;

export interface DisasterReport {
  /** How long before the loss the oldest lost entry was acknowledged; 0 when none was lost. */
  readonly lostSeconds: number;
  readonly lost: number;
  /** What must not be, a line each. */
  readonly problems: readonly string[];
}

/**
 * Judges what a ledger found after a region was lost. Entries from shortly before the loss may be gone, and nothing else may
 * be wrong: neither those from before that, nor those that the second site has acknowledged.
 */
export function judgeDisaster({ violations, outageSeconds }: Verdict): DisasterReport {
  const isExpected = ({ kind, secondsBeforeFailure: seconds = -1 }: Violation) =>
    kind === "lost" && seconds >= 0 && seconds <= LOSS_LIMIT_SECONDS;
  const lost = violations.filter(isExpected);
  const late = `nobody could write for ${outageSeconds.toFixed(0)} s, at most ${RECOVERY_LIMIT_SECONDS} s are allowed`;
  return {
    lostSeconds: Math.max(0, ...lost.map(({ secondsBeforeFailure }) => secondsBeforeFailure!)),
    lost: lost.length,
    problems: [
      ...(outageSeconds > RECOVERY_LIMIT_SECONDS ? [late] : []),
      ...violations.filter((violation) => !isExpected(violation)).map(describeViolation),
    ],
  };
}
