import type { WebInfrastructureProps } from "../../../modules";
import { explainPlan } from "../../../tools/plan-explanation/explanation";
import { parsePlan } from "../../../tools/plan-explanation/json-plan";
import { renderExplanation } from "../../../tools/plan-explanation/render-explanation";
import { needsTerraform } from "../../provider-bridge/needs-terraform";
import { SimulatedSite } from "../../modules/simulated-site";
import { type Example, examples, readFixture, writeFixture } from "./examples";
import { renderSmallPlan } from "./small-plan";

/** Makes the fixtures anew from today's plans: `UPDATE_FIXTURES=1 npx jest … plan-explanation.system`. */
const updating = process.env.UPDATE_FIXTURES === "1";

needsTerraform("plans of the real terraform on simulated clouds", () => {
  test.each(Object.entries(examples))("%s is explained as in its fixture", async (name, example) => {
    const plan = parsePlan(await planOf(example));
    const text = `${renderExplanation(explainPlan(plan))}\n`;
    if (updating) {
      writeFixture(name, "json", renderSmallPlan(plan));
      writeFixture(name, "txt", text);
    }
    expect(text).toBe(readFixture(name, "txt"));
  });

  test("a roll-out goes the way that was said", async () => {
    await using site = await SimulatedSite.start({ web: { nodes: 4, batchSize: 2 } });
    await site.apply();
    await site.configure({ web: { nodes: 4, batchSize: 2, size: "s-2vcpu-2gb" } });
    const { rollOuts } = explainPlan(parsePlan(await site.plan()));
    const said = rollOuts.find(({ tier }) => tier === "www-example-com-web");
    const { output } = await site.apply();
    const nodes = (event: string) =>
      [...output.matchAll(new RegExp(`^digitalocean_droplet\\.site_web_(\\d)_\\w+(?: \\(.*\\))?: ${event}`, "gm"))].map(
        ([, id]) => `www-example-com-web-${id}`,
      );
    const pairs = (names: readonly string[]) => [names.slice(0, 2).sort(), names.slice(2).sort()];
    expect(pairs(nodes("Creating\\.\\.\\."))).toEqual(said?.batches);
    expect(pairs(nodes("Destroying"))).toEqual(pairs(said?.oldOnesGo ?? []));
  });
});

/** Sites as they are before the change, by their settings: each is made once. */
const sites = new Map<string, Promise<SimulatedSite>>();

afterAll(async () => {
  for (const site of sites.values()) await (await site)[Symbol.asyncDispose]();
});

async function deployed(props: Partial<WebInfrastructureProps>): Promise<SimulatedSite> {
  const site = await SimulatedSite.start(props);
  await site.apply();
  return site;
}

async function planOf({ from, to, args = [] }: Example): Promise<string> {
  const key = JSON.stringify(from ?? "nothing is there");
  if (!sites.has(key)) sites.set(key, from === undefined ? SimulatedSite.start(to) : deployed(from));
  const site = await sites.get(key)!;
  await site.configure(to);
  const addresses = from === undefined ? [] : await site.project.addresses();
  const addressOf = (node: string) =>
    addresses.find((one) => one.startsWith(`digitalocean_droplet.site_${node.replace("-", "_")}_`)) ?? node;
  return site.plan(...args.map((arg) => arg.replace(/\{(.+)\}/, (_, node) => addressOf(node))));
}
