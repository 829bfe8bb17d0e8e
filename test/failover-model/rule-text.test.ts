import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCloudInitDirectory } from "../../cloud-init/rootfs";

/** The comments "Rule 1. …" of a text by number: each goes on for as long as comment lines follow. */
export function rulesIn(text: string, comment: string): Record<string, string> {
  const rules: Record<string, string> = {};
  let current: string | undefined;
  for (const line of text.split("\n").map((each) => each.trim())) {
    const content = line.startsWith(comment) ? line.slice(comment.length).trim() : undefined;
    const first = content?.match(/^Rule (\d+)\. (.*)$/);
    if (first) {
      current = first[1]!;
      if (rules[current] !== undefined) throw new Error(`rule ${current}: stands in one file twice`);
      rules[current] = first[2] as string;
    } else if (current !== undefined && content !== undefined) rules[current] += ` ${content}`;
    else current = undefined;
  }
  return rules;
}

test("the rule of the program and the rule of the model are the same words", () => {
  const library = join(findCloudInitDirectory(), "load-balancer/rootfs/usr/local/lib/infrastructure");
  const program = rulesIn(readFileSync(join(library, "reserved_ip_rule.py"), "utf8"), "#");
  const model = rulesIn(readFileSync(join(__dirname, "failover.pml"), "utf8"), "//");
  expect(Object.keys(program)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  expect(model).toEqual(program);
});
