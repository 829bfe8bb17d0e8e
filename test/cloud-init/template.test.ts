import { fill, findPlaceholders } from "../../cloud-init/template";

describe("fill", () => {
  test("puts each value in the place of its name, wherever and however often it stands", () => {
    expect(fill("x.env", "A=@@A@@\nB=@@B@@@@A@@\n", { A: "1", B: "2" })).toBe("A=1\nB=21\n");
  });

  test("gives no character of a value a meaning", () => {
    const value = "$& $1 $$ \\ ${x} @@B@@";
    expect(fill("x", "@@A@@", { A: value })).toBe(value);
  });

  test("fails when a placeholder has no value", () => {
    expect(() => fill("x.env", "@@A@@ @@B@@", { A: "1" })).toThrow("x.env: no value for B, values: A");
  });

  test("fails when a value has no placeholder", () => {
    expect(() => fill("x.env", "@@A@@", { A: "1", C: "2" })).toThrow("x.env: no placeholder for C, placeholders: A");
  });

  test("leaves what is not a placeholder alone", () => {
    expect(findPlaceholders("a@@b@@ @@lower@@ @@1@@ user@@HOST @@OK_2@@")).toEqual(["OK_2"]);
  });
});
