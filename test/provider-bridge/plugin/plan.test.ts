import { planResource } from "../../../provider-bridge/plugin/plan";
import type { Provider, ResourceType } from "../../../provider-bridge/plugin/provider";
import {
  computed,
  nestedList,
  optional,
  required,
  sdkId,
  setOf,
  type Block,
} from "../../../provider-bridge/plugin/schema";
import { UNKNOWN, type Value, type Values } from "../../../provider-bridge/plugin/values";

type Style = Provider<unknown>["style"];

/** Plans with a proposal as Terraform makes it: the configuration, and the state where that leaves something out. */
function plan(style: Style, block: Block & { blocks?: any }, config: Values, prior?: Values, proposed?: Values) {
  const resource = { ...block, ...unused } as unknown as ResourceType<never>;
  const names = [...Object.keys(block.attributes), ...Object.keys(block.blocks ?? {})];
  const configured = Object.fromEntries(
    names.map((name) => [name, config[name] ?? (block.blocks?.[name] ? [] : null)]),
  );
  const merged = names.map((name) => {
    const keeps = configured[name] === null && block.attributes[name]?.computed;
    return [name, keeps ? (prior?.[name] ?? null) : configured[name]] as [string, Value];
  });
  return planResource(style, resource, prior, proposed ?? Object.fromEntries(merged), configured);
}

const unused = { create: async () => ({}), read: async () => ({}), delete: async () => {} };

describe("a plan in the style of the plugin SDK", () => {
  const block: Block = {
    attributes: {
      id: sdkId,
      name: required("string", { forceNew: true }),
      size: optional("string", { computed: true }),
      note: optional("string"),
      on: optional("bool", { default: true }),
      hash: optional("string", { forceNew: true, store: (text) => `#${text}` }),
      hour: optional("string", { same: (stored, configured) => String(stored).startsWith(String(configured)) }),
      tags: optional(setOf("string")),
      url: computed("string"),
    },
  };
  const prior = {
    id: "1",
    name: "a",
    size: "s",
    note: "",
    on: true,
    hash: "#x",
    hour: "02:00:00",
    tags: ["p", "q"],
    url: "u",
  };
  const config = { name: "a", hash: "x", hour: "02:00", tags: ["q", "p"] };

  test("of a creation fills in defaults and leaves what is computed unknown", () => {
    const { planned, replacedFor } = plan("legacy", block, { name: "a", hash: "x" });
    expect(planned).toEqual({
      id: UNKNOWN,
      name: "a",
      size: UNKNOWN,
      note: null,
      on: true,
      hash: "#x",
      hour: null,
      tags: null,
      url: UNKNOWN,
    });
    expect(replacedFor).toEqual([]);
  });

  test("changes nothing when the same is written in another way", () => {
    expect(plan("legacy", block, config, prior)).toEqual({ planned: prior, replacedFor: [] });
  });

  test("keeps what is computed when something else changes", () => {
    const { planned } = plan("legacy", block, { ...config, note: "n" }, prior);
    expect(planned).toEqual({ ...prior, note: "n" });
  });

  test("removes what the configuration no longer has", () => {
    const { planned } = plan("legacy", block, { ...config, hour: null, tags: null }, prior);
    expect(planned).toMatchObject({ hour: null, tags: null });
  });

  test("replaces the object for attributes that ask for it, and also when they are not known yet", () => {
    expect(plan("legacy", block, { ...config, hash: "y" }, prior).replacedFor).toEqual(["hash"]);
    expect(plan("legacy", block, { ...config, name: UNKNOWN }, prior).replacedFor).toEqual(["name"]);
  });

  test("does not hash a hash again", () => {
    expect(plan("legacy", block, { ...config, hash: "#x" }, prior).replacedFor).toEqual([]);
  });

  test("keeps null where the provider computes and has found nothing", () => {
    const { planned } = plan("legacy", block, config, { ...prior, url: null });
    expect(planned.url).toBeNull();
  });

  const rules: Block = {
    attributes: { id: sdkId },
    blocks: {
      rule: {
        nesting: "set",
        block: { attributes: { port: required("string"), tags: optional(setOf("string")), uuid: computed("string") } },
      },
      extra: { nesting: "list", computed: true, block: { attributes: { n: optional("number") } } },
    },
  };

  test("compares blocks of a set without order, and without the difference between empty and missing", () => {
    const before = {
      id: "1",
      rule: [
        { port: "1", tags: null, uuid: "a" },
        { port: "2", tags: ["x"], uuid: "b" },
      ],
      extra: [],
    };
    const rule = [
      { port: "2", tags: ["x"], uuid: "b" },
      { port: "1", tags: [], uuid: "a" },
    ];
    expect(plan("legacy", rules, { rule }, before, { id: "1", rule, extra: [] }).planned).toEqual(before);
  });

  test("leaves all of a set unknown that has an unknown element, also inside a block", () => {
    const tags = ["p", UNKNOWN];
    expect(plan("legacy", block, { ...config, tags }, prior).planned.tags).toBe(UNKNOWN);
    const rule = [{ port: "1", tags, uuid: null }];
    const { planned } = plan("legacy", rules, { rule }, undefined, { id: null, rule, extra: [] });
    expect(planned.rule).toEqual([{ port: "1", tags: UNKNOWN, uuid: UNKNOWN }]);
  });

  test("leaves blocks of a set as the state writes them when another one is added", () => {
    const before = { id: "1", rule: [{ port: "1", tags: [], uuid: "a" }], extra: [] };
    const rule = [
      { port: "1", tags: null, uuid: "a" },
      { port: "2", tags: null, uuid: null },
    ];
    const { planned } = plan("legacy", rules, { rule }, before, { id: "1", rule, extra: [] });
    expect(planned.rule).toEqual([before.rule[0], { port: "2", tags: null, uuid: UNKNOWN }]);
  });

  test("leaves what is computed in a new block of a set unknown", () => {
    const rule = [{ port: "1", tags: null, uuid: null }];
    const { planned } = plan("legacy", rules, { rule }, undefined, { id: null, rule, extra: [] });
    expect(planned.rule).toEqual([{ port: "1", tags: null, uuid: UNKNOWN }]);
  });

  test("keeps a block that the provider computes", () => {
    const before = { id: "1", rule: [], extra: [{ n: 1 }] };
    expect(plan("legacy", rules, {}, before, { id: "1", rule: [], extra: [] }).planned.extra).toEqual([{ n: 1 }]);
  });
});

describe("a plan in the style of the plugin framework", () => {
  const block: Block = {
    attributes: {
      id: computed("string", { keep: true }),
      name: required("string"),
      proxied: optional("bool", { computed: true, default: false }),
      modified_on: computed("string"),
      rules: optional(
        nestedList({
          action: required("string"),
          id: computed("string"),
          enabled: optional("bool", { computed: true, default: true }),
        }),
        {
          computed: true,
          default: [],
        },
      ),
    },
  };
  const prior = {
    id: "1",
    name: "a",
    proxied: false,
    modified_on: "t",
    rules: [{ action: "x", id: "r", enabled: true }],
  };
  const rules = [{ action: "x", id: null, enabled: null }];
  const proposedRules = [{ action: "x", id: "r", enabled: true }];

  test("of a creation has the defaults at every depth", () => {
    const { planned } = plan("framework", block, { name: "a", rules });
    expect(planned).toEqual({
      id: UNKNOWN,
      name: "a",
      proxied: false,
      modified_on: UNKNOWN,
      rules: [{ action: "x", id: UNKNOWN, enabled: true }],
    });
  });

  test("changes nothing when nothing differs", () => {
    const proposed = { ...prior, rules: proposedRules };
    expect(plan("framework", block, { name: "a", rules }, prior, proposed)).toEqual({
      planned: prior,
      replacedFor: [],
    });
  });

  test("makes everything computed unknown when something differs, except what is kept", () => {
    const proposed = { ...prior, name: "b", rules: proposedRules };
    const { planned } = plan("framework", block, { name: "b", rules }, prior, proposed);
    expect(planned).toEqual({
      id: "1",
      name: "b",
      proxied: false,
      modified_on: UNKNOWN,
      rules: [{ action: "x", id: UNKNOWN, enabled: true }],
    });
  });

  test("tells empty from missing", () => {
    const { planned } = plan("framework", block, { name: "" }, { ...prior, name: "", rules: [] });
    expect(planned.name).toBe("");
  });
});
