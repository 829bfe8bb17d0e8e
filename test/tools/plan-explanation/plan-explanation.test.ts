import { explainPlan } from "../../../tools/plan-explanation/explanation";
import { type JsonPlan, parsePlan } from "../../../tools/plan-explanation/json-plan";
import { renderExplanation } from "../../../tools/plan-explanation/render-explanation";
import { examples, readFixture } from "./examples";

const explain = (name: string) => explainPlan(parsePlan(readFixture(name, "json")));

test.each(Object.keys(examples))("%s is explained as in its fixture", (name) => {
  expect(`${renderExplanation(explain(name))}\n`).toBe(readFixture(name, "txt"));
});

test("a plan without changes says so", () => {
  expect(explain("nothing")).toMatchObject({ changes: false, minutes: 0, rollOuts: [], effects: [] });
});

test("nodes of a batch are made together, and old ones go last, the newest first", () => {
  const [rollOut] = explain("app-nodes-in-batches").rollOuts;
  const nodes = (...ids: number[]) => ids.map((id) => `www-example-com-app-${id}`);
  expect(rollOut).toMatchObject({
    tier: "www-example-com-app",
    because: ["user_data"],
    batches: [nodes(1, 2), nodes(3, 4)],
    oldOnesGo: nodes(3, 4, 1, 2),
    ungated: [],
    goFirst: [],
  });
});

test("twice the droplets of every tier are there when all tiers are replaced", () => {
  expect(explain("new-files-everywhere").droplets).toMatchObject({ before: 6, most: 12, after: 6 });
});

test("a droplet limit below the peak is a risk", () => {
  const text = readFixture("new-files-everywhere", "json").replace('"droplet_limit":25', '"droplet_limit":10');
  expect(renderExplanation(explainPlan(parsePlan(text)))).toContain(
    "droplets: 12 at the peak, and the account may have 10",
  );
});

test("what is protected is refused", () => {
  const { failed, effects } = explain("another-region");
  expect(failed).toBe(true);
  expect(effects.filter(({ level }) => level === "refused").map(({ address }) => address.split(".")[0])).toEqual(
    expect.arrayContaining(["digitalocean_reserved_ip"]),
  );
});

describe("a change that no example has", () => {
  const plan = (changes: object[], rest: Partial<JsonPlan> = {}) =>
    explainPlan({ format_version: "1.2", resource_changes: changes as JsonPlan["resource_changes"], ...rest });
  const change = (address: string, actions: string[], before: object | null, after: object | null, more = {}) => ({
    address,
    mode: "managed",
    type: address.split(".")[0],
    change: { actions, before, after },
    ...more,
  });

  test("what changed outside Terraform is named, but not a set that the provider reads as empty and wrote as null", () => {
    const changes = ["digitalocean_firewall.a", "digitalocean_firewall.b"].map((address) =>
      change(address, ["update"], { name: "x" }, { name: "y" }),
    );
    const rule = { protocol: "icmp", port_range: null, source_tags: null };
    const read = { ...rule, port_range: "", source_tags: [] };
    const resource_drift = [
      change("digitalocean_firewall.a", ["update"], { tags: null, rule: [rule] }, { tags: [], rule: [read] }),
      change("digitalocean_firewall.b", ["update"], { tags: null }, { tags: ["web"] }),
    ] as JsonPlan["resource_drift"];
    expect(plan(changes, { resource_drift }).drift).toEqual(["digitalocean_firewall.b"]);
  });

  test("a resource under another address looks like a rename", () => {
    const { renames } = plan([
      change("digitalocean_vpc.old", ["delete"], { name: "site" }, null),
      change("digitalocean_vpc.new", ["create"], null, { name: "site" }),
      change("digitalocean_tag.other", ["create"], null, { name: "site" }),
    ]);
    expect(renames).toEqual([{ from: "digitalocean_vpc.old", to: "digitalocean_vpc.new" }]);
  });

  test("a node that goes before its successor comes, and that nothing waits for, is a risk", () => {
    const node = { name: "site-web-1" };
    const explained = plan([change("digitalocean_droplet.a", ["delete", "create"], node, node)]);
    expect(explained.rollOuts[0]).toMatchObject({ goFirst: ["site-web-1"], ungated: ["site-web-1"] });
    expect(renderExplanation(explained)).toContain("site-web: site-web-1 goes before its successor is there");
    expect(explained.droplets.most).toBe(explained.droplets.before);
  });

  test("a leftover of an interrupted deployment counts as a droplet until it is gone", () => {
    const leftover = change("digitalocean_droplet.a", ["delete"], { name: "site-web-1" }, null, {
      deposed: "0123abcd",
    });
    expect(plan([leftover])).toMatchObject({
      droplets: { before: 1, most: 1, after: 0 },
      rollOuts: [{ removed: ["site-web-1"], replaced: [] }],
    });
  });

  test("an upgrade of PostgreSQL has no way back", () => {
    const { effects } = plan([
      change("digitalocean_database_cluster.a", ["update"], { version: "17" }, { version: "18" }),
    ]);
    expect(effects).toEqual([expect.objectContaining({ level: "risk", what: expect.stringContaining("no way back") })]);
  });

  test("a type that is not known is not called harmless", () => {
    expect(plan([change("digitalocean_cdn.a", ["create"], null, {})]).effects[0]?.level).toBe("unknown");
  });

  test("values are in no explanation", () => {
    const secret = { name: "app", password: "hunter2" };
    const explained = plan([
      change("digitalocean_database_user.a", ["update"], secret, { ...secret, password: "hunter3" }),
    ]);
    expect(JSON.stringify(explained) + renderExplanation(explained)).not.toContain("hunter");
  });
});

test.each([
  ["resource_changes", "plan: must be JSON"],
  ['{"values": {}}', 'plan: must be the output of "terraform show -json PLAN", got other JSON'],
  ['{"format_version": "2.0"}', "plan: format must be 1.x, got 2.0"],
  ['{"format_version": "1.0", "values": {}}', "plan: must be a plan, got a state"],
])("fails to read %s", (text, message) => expect(() => parsePlan(text)).toThrow(message));
