import type { Problem } from "./problems";
import { checkWhole } from "./value-checks";

/** How long an application may say nothing when nothing is said. A little less than Cloudflare waits (120 s). */
export const defaultRequestTimeoutSeconds = 100;

/**
 * How much longer than the application's HAProxy those before it wait, so that the visitor gets the page of the one that
 * knows what is wrong.
 */
export const silenceMarginsSeconds = { nginx: 5, loadBalancer: 10 };

/** Problems of a time limit of requests: Cloudflare Enterprise allows 6000 s. */
export function checkRequestTimeout(path: string, seconds: number): Problem[] {
  return checkWhole(path, seconds, 1, 6000);
}
