import { type Checks, checkGroup } from "../../cloud-init/check-group";

interface Inner {
  readonly port?: number;
}
interface Group {
  readonly name: string;
  readonly size?: number;
  readonly inner?: Inner;
}

const checks: Checks<Group> = {
  name: (path, name) => (name === "good" ? [] : [{ path, message: `must be good, got ${name}` }]),
  size: (path, size, { name }) => (size > name.length ? [{ path, message: "must not be longer than the name" }] : []),
  inner: (path, inner) => checkGroup<Inner>(path, inner, { port: (at) => [{ path: at, message: "never" }] }),
};

const lines = (group: object, path = "", rules = {}) =>
  checkGroup(path, group as Group, checks, rules).map((problem) => `${problem.path}: ${problem.message}`);

test("a group in which everything is right has no problem", () => {
  expect(lines({ name: "good", size: 4 })).toEqual([]);
});

test("what is undefined counts as left out", () => {
  expect(lines({ name: undefined, inner: undefined, anything: undefined })).toEqual([]);
});

test("fails at the path of the setting, however deep, in the order of the checks", () => {
  expect(lines({ inner: { port: 1 }, size: 9, name: "bad" }, "site")).toEqual([
    "site.name: must be good, got bad",
    "site.size: must not be longer than the name",
    "site.inner.port: never",
  ]);
});

test("fails when a setting without a default is left out", () => {
  expect(lines({}, "", { required: ["name"] })).toEqual(["name: is missing"]);
});

test("fails with a name that there is not, and names the nearest first", () => {
  expect(lines({ name: "good", sizes: 1 })).toEqual(["sizes: is no setting, must be one of size, name, inner"]);
  expect(lines({ name: "good", Inner: 1 }, "a")).toEqual(["a.Inner: is no setting, must be one of inner, name, size"]);
});

test("fails with a name of an earlier version, and says the one of today", () => {
  expect(lines({ name: "good", width: 1 }, "", { renamed: { width: "size" } })).toEqual(["width: is called size now"]);
});

test.each<[unknown, string]>([
  ["hunter2", "a text"],
  [3, "3"],
  [null, "null"],
  [[], "[]"],
  [["hunter2"], "a list"],
])("fails when the group is %j, and shows no secret", (group, found) => {
  expect(lines(group as object, "web")).toEqual([`web: must be an object with settings, got ${found}`]);
});

test.each(["toString", "constructor", "__proto__x"])("fails with the name %s, which every object has", (name) => {
  expect(lines({ name: "good", [name]: 1 })[0]).toMatch(new RegExp(`^${name}: is no setting`));
});
