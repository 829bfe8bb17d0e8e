import { readFileSync } from "node:fs";
import { type StackChoice, StackDirectory } from "../stack-directory";
import { type JsonPlan, parsePlan } from "./json-plan";

const STANDARD_INPUT = 0;

/** Where a plan comes from. */
export interface PlanChoice extends StackChoice {
  /** File with the output of `terraform show -json PLAN`, `-` for standard input. @default the plan of what is pending */
  readonly plan?: string;
}

/** Reads a plan, or makes that of a stack. Throws a UserError when there is none. */
export async function readPlan({ plan, ...choice }: PlanChoice): Promise<JsonPlan> {
  if (plan === undefined) return parsePlan(await (await StackDirectory.open(choice)).plan());
  return parsePlan(readFileSync(plan === "-" ? STANDARD_INPUT : plan, "utf8"));
}
