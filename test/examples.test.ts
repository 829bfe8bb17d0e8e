import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as everything from "../modules";
import { SettingsError } from "../modules";
import { APPLICATIONS, EXAMPLES } from "./example-stacks";
import { Synthesized } from "./modules/synthesized";

const DIRECTORY = path.resolve(__dirname, "../examples");

/** Runs an example as a program would be, and reads what it has written. */
function synthesize(example: string): Synthesized {
  const output = mkdtempSync(path.join(os.tmpdir(), "example-"));
  const kept = process.env.CDKTF_OUTDIR;
  process.env.CDKTF_OUTDIR = output;
  try {
    jest.isolateModules(() => require(path.join(DIRECTORY, example)));
    const [stack, ...others] = readdirSync(path.join(output, "stacks"));
    expect(others).toEqual([]);
    return new Synthesized(readFileSync(path.join(output, "stacks", stack!, "cdk.tf.json"), "utf8"));
  } finally {
    if (kept === undefined) delete process.env.CDKTF_OUTDIR;
    else process.env.CDKTF_OUTDIR = kept;
    rmSync(output, { recursive: true });
  }
}

test.each([...EXAMPLES, ...APPLICATIONS])("%s is a stack with resources", (example) => {
  expect(synthesize(example).addresses().length).toBeGreaterThan(0);
});

test("every construct of the package is in an example", () => {
  const text = EXAMPLES.map((example) => readFileSync(path.join(DIRECTORY, `${example}.ts`), "utf8")).join();
  const constructs = Object.entries(everything).flatMap(([name, value]) => (value === SettingsError ? [] : [name]));
  expect(constructs.filter((name) => !text.includes(`new ${name}(`))).toEqual([]);
});

test("the example of staging costs less than 70 USD a month at list prices", () => {
  const { value } = synthesize("staging").section("output").site_monthly_usd;
  expect(value).toBeGreaterThan(20);
  expect(value).toBeLessThan(70);
});

test("workers and cache of the example reach each other and nobody else", () => {
  const tf = synthesize("worker-tier");
  const inbound = (tier: string) => tf.resource(`digitalocean_firewall.site_firewalls_${tier}`).inbound_rule;
  expect(inbound("workers")).toEqual([
    { protocol: "tcp", port_range: "8500", source_tags: ["${digitalocean_tag.site_tags_load-balancer.name}"] },
  ]);
  expect(inbound("cache")).toEqual([
    ...inbound("workers"),
    {
      protocol: "tcp",
      port_range: "6379",
      source_tags: ["${digitalocean_tag.site_tags_app.name}", "${digitalocean_tag.site_tags_workers.name}"],
    },
  ]);
});
