import type { Problem } from "./problems";

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

/** Problems of a whole number. */
export function checkWhole(path: string, value: number, minimum: number, maximum: number): Problem[] {
  return Number.isInteger(value) && value >= minimum && value <= maximum
    ? []
    : [{ path, message: `must be a whole number from ${minimum} to ${maximum}, got ${JSON.stringify(value)}` }];
}

/** Problems of something that is on or off. */
export function checkSwitch(path: string, value: boolean): Problem[] {
  return typeof value === "boolean" ? [] : [{ path, message: `must be true or false, got ${JSON.stringify(value)}` }];
}
