import { type Checks, checkGroup } from "../check-group";
import type { HostFile } from "../host-file";
import type { Problem } from "../problems";
import { checkWhole, isGroup, shownKind } from "../value-checks";
import { readPart } from "./parts";

/** How the first node of a new version is tried out on visitors before the others follow. */
export interface CanarySettings {
  /** Seconds that its answers are compared with those of the old version, 10 to 600. @default 60 */
  readonly durationSeconds?: number;
  /** How much of the requests it gets meanwhile, 1 to 50; at most as much as another node. @default 10 */
  readonly sharePercent?: number;
}

export const canaryDefaults = { durationSeconds: 60, sharePercent: 10 };

const canaryChecks: Checks<CanarySettings> = {
  durationSeconds: (path, value) => checkWhole(path, value, 10, 600),
  sharePercent: (path, value) => checkWhole(path, value, 1, 50),
};

/** Problems of the trial; `false` is none. */
export function checkCanary(path: string, canary: CanarySettings | false): Problem[] {
  if (canary === false) return [];
  if (isGroup(canary)) return checkGroup(path, canary, canaryChecks);
  return [
    {
      path,
      message: `must be an object such as {} or { durationSeconds: 60 }, or false, got ${shownKind(canary)}`,
    },
  ];
}

/** What judges a node by its answers, and for how long. */
export function canaryFiles(canary: CanarySettings): HostFile[] {
  const { durationSeconds = canaryDefaults.durationSeconds, sharePercent = canaryDefaults.sharePercent } = canary;
  const settings = {
    path: "/etc/infrastructure/canary.json",
    content: `${JSON.stringify({ durationSeconds, sharePercent })}\n`,
  };
  return [...readPart("canary", {}), settings];
}
