import { resolvePublicNames } from "../../../local-cloud/edge/public-names";

const EDGE = "198.51.100.193";

describe("public names", () => {
  test("a proxied name leads to the edge, whatever else is said of it", () => {
    const records = [{ name: "www.example.com", type: "A", content: "203.0.113.1" }];
    expect(resolvePublicNames([{ hostname: "www.example.com" }], records, EDGE)).toEqual(
      new Map([["www.example.com", [EDGE]]]),
    );
  });

  test("a name has all addresses of its records, in the order of these", () => {
    const contents = ["203.0.113.2", "203.0.113.1"];
    const records = contents.map((content) => ({ name: "Two.example.com.", type: "A", content }));
    expect(resolvePublicNames([], records, EDGE)).toEqual(new Map([["two.example.com", contents]]));
  });

  test("an alias is followed, also to a proxied name", () => {
    const records = [
      { name: "a.example.com", type: "CNAME", content: "b.example.com" },
      { name: "b.example.com", type: "CNAME", content: "www.example.com" },
    ];
    expect(resolvePublicNames([{ hostname: "www.example.com" }], records, EDGE).get("a.example.com")).toEqual([EDGE]);
  });

  test("an alias to nowhere, a circle of aliases, wildcards and other types are left out", () => {
    const records = [
      { name: "out.example.com", type: "CNAME", content: "elsewhere.example" },
      { name: "x.example.com", type: "CNAME", content: "y.example.com" },
      { name: "y.example.com", type: "CNAME", content: "x.example.com" },
      { name: "t.example.com", type: "TXT", content: "text" },
      { name: "six.example.com", type: "AAAA", content: "2001:db8::1" },
      { name: "*.example.com", type: "A", content: "203.0.113.1" },
    ];
    expect(resolvePublicNames([], records, EDGE)).toEqual(new Map());
  });
});
