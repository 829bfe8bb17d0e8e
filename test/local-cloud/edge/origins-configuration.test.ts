import { certificateFiles, renderOrigins } from "../../../local-cloud/edge/origins-configuration";
import type { EdgeHostname } from "../../../local-cloud/platform/platform";
import { exampleHostname as site } from "./example-hostname";

/** The lines of the backend for TLS. */
function linesOf(host: EdgeHostname): string[] {
  const backend = renderOrigins([host]).split("backend ")[2]!;
  return backend.split("\n").map((line) => line.trim());
}

describe("configuration of the origins at a location of the edge", () => {
  test("strict mode verifies the origin by the name asked for and shows the client certificate", () => {
    const { origin } = certificateFiles(site);
    expect(linesOf(site)).toContain(
      'server origin-1 198.51.100.10:443 tcp-ut "${ACKNOWLEDGE_SECONDS}s" ' +
        "ssl sni req.hdr(host),host_only verify required " +
        `ca-file /srv/tls/trusted.pem crt /srv/tls/${origin}.pem alpn h2,http/1.1`,
    );
  });

  test("full mode does not verify the origin", () => {
    expect(linesOf({ ...site, ssl: "full" })[1]).toContain(" verify none ");
  });

  test("HTTP/2 is not offered where the zone has HTTP/1.1 to origins", () => {
    expect(linesOf({ ...site, originHttp: "1.1" })[1]).toMatch(/ alpn http\/1.1$/);
  });

  test("only a name with several addresses is tried again, once", () => {
    const retries = (...origins: string[]) =>
      linesOf({ ...site, origins }).filter((line) => line.startsWith("retries"));
    expect(retries("198.51.100.10")).toEqual([]);
    expect(retries("198.51.100.10", "198.51.100.11", "198.51.100.12")).toEqual(["retries 1"]);
  });

  test("an IPv6 origin is put in brackets", () => {
    expect(linesOf({ ...site, origins: ["2001:db8::1"] })[1]).toMatch(/^server origin-1 \[2001:db8::1\]:443 /);
  });

  test("two names keep their certificates in different files, and a changed client certificate has a new one", () => {
    expect(certificateFiles(site).visitor).not.toBe(certificateFiles({ ...site, hostname: "example.com" }).visitor);
    const changed = { ...site, clientCertificate: { certificate: "another", privateKey: "key" } };
    expect(certificateFiles(site).origin).not.toBe(certificateFiles(changed).origin);
  });

  test("fails with every name and address that would be a directive", () => {
    const wrong = { ...site, hostname: "a; return 200", origins: ["198.51.100.10; }"] };
    expect(() => renderOrigins([wrong, { ...site, origins: [] }])).toThrow(
      [
        'edge hostnames[0]: must be a host name, with at most one leading "*.", got "a; return 200"',
        'edge hostnames[0].origins: must be addresses, got "198.51.100.10; }"',
        "edge hostnames[1].origins: at least one is needed, got none",
      ].join("\n"),
    );
  });
});
