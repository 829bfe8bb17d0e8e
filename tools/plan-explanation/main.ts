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
import { parseArgs } from "node:util";
import { runMain } from "../../programs/user-error";
import { explainPlan } from "./explanation";
import { readPlan } from "./read-plan";
import { renderExplanation } from "./render-explanation";

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { plan: { type: "string" }, output: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const plan = await readPlan({ plan: values.plan, stack: positionals[0], output: values.output });
  const explanation = explainPlan(plan);
  process.stdout.write(`${values.json ? JSON.stringify(explanation, null, 2) : renderExplanation(explanation)}\n`);
  return explanation.failed ? 1 : 0;
}

runMain(main);
