/**
 * Says in words what a pending change will do:
 *
 *     npm run plan:explain                                    what `cdktf deploy` would do now
 *     npm run plan:explain -- STACK [--output DIRECTORY]      the same, of several stacks
 *     terraform show -json PLAN | npm run plan:explain -- --plan -       (or the name of a file with that)
 *
 * `--json` prints an Explanation (explanation.ts). Nothing is changed. Exit status: 0 explained, 1 Terraform refuses the
 * plan, or something is wrong.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { StackDirectory } from "../stack-directory";
import { runMain } from "../../programs/user-error";
import { explainPlan } from "./explanation";
import { parsePlan } from "./json-plan";
import { renderExplanation } from "./render-explanation";

const STANDARD_INPUT = 0;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { plan: { type: "string" }, output: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const text =
    values.plan === undefined
      ? await (await StackDirectory.open({ stack: positionals[0], output: values.output })).plan()
      : readFileSync(values.plan === "-" ? STANDARD_INPUT : values.plan, "utf8");
  const explanation = explainPlan(parsePlan(text));
  process.stdout.write(`${values.json ? JSON.stringify(explanation, null, 2) : renderExplanation(explanation)}\n`);
  return explanation.failed ? 1 : 0;
}

runMain(main);
