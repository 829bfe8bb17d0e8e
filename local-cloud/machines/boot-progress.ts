import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** How far cloud-init has come in a machine. */
export interface BootProgress {
  /** `waiting` until the guest has said anything; `error` once it has ended with errors, recoverable ones included. */
  readonly state: "waiting" | "running" | "done" | "error";
  /** The stage that runs: `init-local`, `init`, `modules-config`, `modules-final`. */
  readonly stage: string | undefined;
  readonly errors: readonly string[];
}

interface Stage {
  readonly start?: number | null;
  readonly finished?: number | null;
  readonly errors?: readonly string[];
  readonly recoverable_errors?: Readonly<Record<string, readonly string[]>>;
}

/** Reads what cloud-init has noted, from outside: `root` is the machine's file system or the upper layer of it. */
export async function readBootProgress(root: string): Promise<BootProgress> {
  try {
    return parseBootProgress(await readFile(join(root, "var/lib/cloud/data/status.json"), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { state: "waiting", stage: undefined, errors: [] };
    throw error;
  }
}

/** Reads the text of cloud-init's status.json. */
export function parseBootProgress(text: string): BootProgress {
  // cloud-init replaces the file by renaming, but starts it empty.
  if (text.trim() === "") return { state: "waiting", stage: undefined, errors: [] };
  const { stage, ...rest } = (JSON.parse(text) as { v1: { stage: string | null } & Record<string, unknown> }).v1;
  const stages = Object.values(rest).filter((value): value is Stage => typeof value === "object" && value !== null);
  const errors = stages.flatMap((entry) => [
    ...(entry.errors ?? []),
    ...Object.entries(entry.recoverable_errors ?? {}).flatMap(([level, texts]) => texts.map((t) => `${level}: ${t}`)),
  ]);
  const final = rest["modules-final"] as Stage | undefined;
  if (stage !== null || !final?.finished) return { state: "running", stage: stage ?? undefined, errors };
  return { state: errors.length > 0 ? "error" : "done", stage: undefined, errors };
}
