import { checkValues } from "../../../provider-bridge/plugin/check-values";
import { between, each, notZero, oneOf } from "../../../provider-bridge/plugin/checks";
import { nestedList, nestedMap, optional, required, setOf, type Block } from "../../../provider-bridge/plugin/schema";
import { UNKNOWN } from "../../../provider-bridge/plugin/values";

const port = optional("number", { check: between(1, 65535) });
const block: Block = {
  attributes: {
    name: required("string", { check: notZero }),
    keys: optional(setOf("string"), { check: each(notZero) }),
    origins: optional(nestedList({ port })),
    headers: optional(nestedMap({ port })),
  },
  blocks: {
    rule: { nesting: "set", block: { attributes: { protocol: required("string", { check: oneOf("tcp", "udp") }) } } },
  },
};

describe("checking a configuration", () => {
  test("finds every problem and says where it is", () => {
    const values = {
      name: "",
      keys: ["a", ""],
      origins: [{ port: 443 }, { port: 0 }],
      headers: { x: { port: 70000 } },
      rule: [{ protocol: "vrrp" }],
    };
    expect(checkValues(block, values).map(({ summary, path }) => [summary, path?.join(".")])).toEqual([
      ["name must not be empty, got ", "name"],
      ["keys.1 must not be empty, got ", "keys"],
      ["expected origins.1.port to be in the range (1 - 65535), got 0", "origins.1.port"],
      ["expected headers.port to be in the range (1 - 65535), got 70000", "headers.port"],
      ['expected rule.0.protocol to be one of ["tcp" "udp"], got vrrp', "rule.0.protocol"],
    ]);
  });

  test("passes what is not set and what is not known yet", () => {
    const values = { name: UNKNOWN, keys: null, origins: UNKNOWN, headers: null, rule: [{ protocol: UNKNOWN }] };
    expect(checkValues(block, values)).toEqual([]);
  });
});
