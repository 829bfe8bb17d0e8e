import { hostnameProblem, renderSubjectAltName } from "../../../local-cloud/pki/subject-names";

describe("names in a certificate", () => {
  test("host names, wildcards and addresses are told apart", () => {
    expect(renderSubjectAltName(["Example.com", "*.example.com", "192.0.2.1", "2001:db8::1"])).toBe(
      "DNS:example.com,DNS:*.example.com,IP:192.0.2.1,IP:2001:db8::1",
    );
  });

  test("one label is a name", () => expect(hostnameProblem("localhost")).toBeUndefined());

  test.each(["a.example.com,DNS:evil.example", "a\nsubjectAltName=DNS:b", "*.*.example.com", "a.*.com", "-a.com", ""])(
    "fails on %j, which is no host name",
    (name) => {
      expect(() => renderSubjectAltName([name])).toThrow('must be a host name, with at most one leading "*."');
    },
  );

  test("fails with every wrong name at once", () => {
    expect(() => renderSubjectAltName(["_", "ok.example.com", "a b"])).toThrow(/got "_"\n.*got "a b"/);
  });

  test("fails without any name", () => expect(() => renderSubjectAltName([])).toThrow("at least one is needed"));
});
