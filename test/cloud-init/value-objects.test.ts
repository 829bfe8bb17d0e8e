import { Cidr } from "../../cloud-init/cidr";
import { Hostname } from "../../cloud-init/hostname";
import { Port } from "../../cloud-init/port";

describe("Hostname", () => {
  test("accepts a fully qualified name and writes it in lower case", () => {
    expect(String(Hostname.parse("WWW.Example.com"))).toBe("www.example.com");
  });

  test.each([
    ["münchen.example", "xn--mnchen-3ya.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["xn--mnchen-3ya.example", "xn--mnchen-3ya.example"],
    ["例え.テスト", "xn--r8jz45g.xn--zckzah"],
  ])("writes %s as DNS has it", (text, ascii) => expect(String(Hostname.parse(text))).toBe(ascii));

  test.each([
    "ü",
    "ü ü.example",
    "ü.example/path",
    "",
    "localhost",
    "a..b",
    "-a.example.com",
    "a_b.example.com",
    "a.example.com\nuser root",
    "a.b.",
    `${"a".repeat(64)}.com`,
  ])("fails on %j", (text) => {
    expect(() => Hostname.parse(text)).toThrow(/must be a fully qualified host name such as www.example.com, got /);
  });
});

describe("Port", () => {
  test.each([1, 443, 65535])("accepts %d", (port) => expect(Port.parse(port).value).toBe(port));
  test.each([0, 65536, 1.5, NaN, -1])("fails on %d", (port) => {
    expect(() => Port.parse(port)).toThrow(`must be a whole number from 1 to 65535, got ${port}`);
  });
});

describe("Cidr", () => {
  test.each(["0.0.0.0/0", "10.10.0.0/24", "203.0.113.7/32", "2400:cb00::/32"])("accepts %s", (text) => {
    expect(String(Cidr.parse(text))).toBe(text);
  });

  test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/24\n", "a/8", "10.0.0.0/8/8"])(
    "fails on %j",
    (text) => {
      expect(() => Cidr.parse(text)).toThrow(/must be a network such as 10.10.0.0\/24, got /);
    },
  );

  test("fails when address bits are set behind the prefix, and says which network was meant", () => {
    expect(() => Cidr.parse("10.10.5.7/20")).toThrow("(its network is 10.10.0.0/20)");
  });
});
