import { stateAfterRead, stateAfterWrite } from "../../../provider-bridge/cloudflare/answer-state";
import { requestBody } from "../../../provider-bridge/cloudflare/request-body";
import {
  computed,
  nestedList,
  nestedSingle,
  optional,
  required,
  setOf,
  type Attributes,
} from "../../../provider-bridge/plugin/schema";
import { Dynamic, UNKNOWN } from "../../../provider-bridge/plugin/values";

const attributes: Attributes = {
  id: computed("string"),
  zone_id: required("string"),
  name: required("string"),
  comment: optional("string"),
  tags: optional(setOf("string"), { computed: true }),
  settings: optional(nestedSingle({ flat: optional("bool", { computed: true }) }), { computed: true }),
  rules: optional(nestedList({ id: computed("string"), ref: required("string") })),
  value: optional("dynamic"),
  meta: computed("string"),
  modified_on: computed("string", { time: true }),
};

const planned = {
  id: UNKNOWN,
  zone_id: "z",
  name: "www",
  comment: null,
  tags: UNKNOWN,
  settings: UNKNOWN,
  rules: [{ id: UNKNOWN, ref: "a" }],
  value: new Dynamic("string", "on"),
  meta: UNKNOWN,
  modified_on: UNKNOWN,
};

const answer = {
  id: "1",
  name: "www.example.com",
  comment: null,
  tags: [],
  settings: {},
  rules: [{ id: "r", ref: "a" }],
  meta: { auto: true },
  modified_on: "2026-01-15T09:00:00.123456Z",
};

describe("a request", () => {
  test("has what is configured, and nothing of the API's own or of the path", () => {
    expect(requestBody(attributes, planned, ["zone_id"])).toEqual({ name: "www", rules: [{ ref: "a" }], value: "on" });
  });

  test("says null for what is no longer configured", () => {
    expect(requestBody(attributes, planned, ["zone_id"], { comment: "old" })).toMatchObject({ comment: null });
  });
});

describe("the state", () => {
  test("holds times with whole seconds, after a write and after a read", () => {
    const seconds = { modified_on: "2026-01-15T09:00:00Z" };
    expect(stateAfterWrite(attributes, planned, answer)).toMatchObject(seconds);
    expect(stateAfterRead(attributes, planned, answer)).toMatchObject(seconds);
    expect(stateAfterRead(attributes, planned, { ...answer, ...seconds })).toMatchObject(seconds);
  });

  test("after a write is the plan with the blanks filled in", () => {
    expect(stateAfterWrite(attributes, planned, answer)).toEqual({
      id: "1",
      zone_id: "z",
      name: "www",
      comment: null,
      tags: [],
      settings: { flat: null },
      rules: [{ id: "r", ref: "a" }],
      value: new Dynamic("string", "on"),
      meta: '{"auto":true}',
      modified_on: "2026-01-15T09:00:00Z",
    });
  });

  test("after a write has the API's own values even against the plan, so that Terraform notices", () => {
    const kept = { ...planned, id: "1", rules: [{ id: "r", ref: "a" }] };
    const changed = { ...answer, rules: [{ id: "other", ref: "a" }] };
    expect(stateAfterWrite(attributes, kept, changed).rules).toEqual([{ id: "other", ref: "a" }]);
  });

  const prior = stateAfterWrite(attributes, planned, answer);

  test("after a read has what the answer has", () => {
    expect(stateAfterRead(attributes, prior, { ...answer, comment: "new" })).toMatchObject({
      name: "www.example.com",
      comment: "new",
    });
  });

  test("after a read keeps what the answer leaves out, and empty values that the answer calls null", () => {
    const before = { ...prior, comment: "", tags: [] };
    expect(stateAfterRead(attributes, before, { id: "1", comment: null, tags: null })).toEqual(before);
  });

  test("after a read keeps a switch that the API calls on", () => {
    const on = { ...prior, value: new Dynamic("bool", true) };
    expect(stateAfterRead(attributes, on, { value: "on" }).value).toEqual(new Dynamic("bool", true));
    expect(stateAfterRead(attributes, on, { value: "off" }).value).toEqual(new Dynamic("string", "off"));
  });
});
