import { readFileSync } from "node:fs";
import path from "node:path";
import { explainPlan } from "../../tools/plan-explanation/explanation";
import type { JsonChange, JsonPlan } from "../../tools/plan-explanation/json-plan";
import { synthesizeSite } from "../modules/synthesized";

const DOCUMENT = readFileSync(path.resolve(__dirname, "../../docs/changing-things.md"), "utf8");

test("50 web nodes are synthesized in seconds, into less than half a megabyte", () => {
  // Of this process, whatever else the machine does.
  const start = process.cpuUsage();
  const { text } = synthesizeSite({ web: { nodes: 50, batchSize: 5 } });
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(10_000);
  expect(text.length).toBeLessThan(512 * 1024);
});

test("51 web nodes are refused", () => {
  expect(() => synthesizeSite({ web: { nodes: 51 } })).toThrow(
    "web.nodes: must be a whole number from 2 to 50, got 51",
  );
});

/** A plan that replaces all nodes of a tier in batches, as a NodeGroup makes it. */
function rollOut(nodes: number, batch: number): JsonPlan {
  const ids = Array.from({ length: nodes }, (_, i) => i + 1);
  const batchOf = (id: number) => Math.floor((id - 1) / batch);
  const droplet = (id: number) => `digitalocean_droplet.n${id}`;
  const gate = (id: number) => `terraform_data.g${id}`;
  const previous = (id: number) => ids.filter((other) => batchOf(other) === batchOf(id) - 1).map(gate);
  const replaced = (address: string, name?: string): JsonChange => ({
    address,
    mode: "managed",
    type: address.split(".")[0]!,
    change: { actions: ["create", "delete"], before: { name }, after: { name } },
  });
  return {
    format_version: "1.2",
    resource_changes: ids.flatMap((id) => [replaced(droplet(id), `site-web-${id}`), replaced(gate(id))]),
    configuration: {
      root_module: {
        resources: ids.flatMap((id) => [
          { address: droplet(id), type: "digitalocean_droplet", depends_on: previous(id) },
          { address: gate(id), type: "terraform_data", depends_on: [droplet(id)] },
        ]),
      },
    },
    prior_state: {
      values: {
        root_module: {
          resources: ids.flatMap((id) => [
            { address: droplet(id), type: "digitalocean_droplet", depends_on: previous(id) },
            { address: gate(id), type: "terraform_data", depends_on: [droplet(id)] },
          ]),
        },
      },
    },
  };
}

test.each([1, 2, 5, 10, 25, 50])(
  "the documented times of roll-outs in batches of %i are the calculated ones",
  (batch) => {
    const row = [50, 500].map((nodes) => {
      const { minutes, droplets } = explainPlan(rollOut(nodes, batch));
      return `${minutes < 120 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`}, ${droplets.most} droplets`;
    });
    expect(DOCUMENT).toContain(`| ${batch} | ${row.join(" | ")} |`);
  },
);
