import type { PlanChange } from "../plugin/provider";
import { UNKNOWN, type Values } from "../plugin/values";

/** Whether a certificate is in the last hours of its validity that `early_renewal_hours` names, or past them. */
export function isReadyForRenewal(state: Values): boolean {
  const end = Date.parse(String(state.validity_end_time ?? ""));
  return Date.now() >= end - Number(state.early_renewal_hours ?? 0) * 3600 * 1000;
}

/** A certificate that is due is replaced. */
export function planRenewal({ prior, planned }: PlanChange): Values {
  if (!prior || !isReadyForRenewal({ ...prior, early_renewal_hours: planned.early_renewal_hours ?? 0 })) return planned;
  return { ...planned, ready_for_renewal: UNKNOWN };
}

export function replacedForRenewal({ planned }: PlanChange): readonly string[] {
  return planned.ready_for_renewal === UNKNOWN ? ["ready_for_renewal"] : [];
}
