import { certificateFiles, renderHostnames } from "../../../local-cloud/edge/hostnames-configuration";
import type { EdgeHostname } from "../../../local-cloud/platform/platform";

const site: EdgeHostname = {
  hostname: "www.example.com",
  origins: ["198.51.100.10"],
  ssl: "strict",
  minimumTls: "1.2",
  alwaysUseHttps: true,
  clientCertificate: { certificate: "certificate", privateKey: "key" },
};

/** The directives of a configuration, without what encloses them. */
function directives(...hostnames: EdgeHostname[]): Set<string> {
  const lines = renderHostnames(hostnames, 1).split("\n");
  return new Set(lines.map((line) => line.trim()).filter((line) => line.endsWith(";")));
}

describe("configuration of the names at the edge", () => {
  test("strict mode verifies the origin by the name asked for and shows the client certificate", () => {
    const { origin } = certificateFiles(site);
    const rendered = directives(site);
    for (const directive of [
      "server 198.51.100.10:443 max_fails=0;",
      "proxy_pass https://www.example.com-443;",
      "proxy_ssl_server_name on;",
      "proxy_ssl_name $site;",
      "proxy_ssl_verify on;",
      "proxy_ssl_trusted_certificate /srv/tls/trusted.pem;",
      `set $shown /srv/tls/${origin};`,
      "proxy_ssl_certificate $shown.pem;",
      "proxy_ssl_certificate_key $shown.key;",
    ]) {
      expect(rendered).toContain(directive);
    }
  });

  test("full mode does not verify the origin", () => {
    expect(directives({ ...site, ssl: "full" })).not.toContain("proxy_ssl_verify on;");
  });

  test("flexible mode never asks the origin by TLS", () => {
    const rendered = [...directives({ ...site, ssl: "flexible" })];
    expect(rendered).toContain("proxy_pass http://www.example.com-80;");
    expect(rendered.filter((line) => line.includes("proxy_ssl") || line.includes(":443 max_fails"))).toEqual([]);
  });

  test("without TLS, visitors of HTTPS are sent to HTTP, also where HTTPS is always to be used", () => {
    const redirects = [...directives({ ...site, ssl: "off" })].filter((line) => line.startsWith("return 301"));
    expect(redirects).toEqual(["return 301 http://$host$request_uri;"]);
  });

  test("the lowest minimum of all names decides the TLS versions", () => {
    const versions = (...minimums: Array<EdgeHostname["minimumTls"]>) =>
      [...directives(...minimums.map((minimumTls) => ({ ...site, minimumTls })))].find((line) =>
        line.startsWith("ssl_protocols"),
      );
    expect(versions("1.3")).toBe("ssl_protocols TLSv1.3;");
    expect(versions("1.3", "1.2")).toBe("ssl_protocols TLSv1.2 TLSv1.3;");
    expect(versions("1.0")).toBe("ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;");
  });

  test("an IPv6 origin is put in brackets", () => {
    expect(directives({ ...site, origins: ["2001:db8::1"] })).toContain("server [2001:db8::1]:443 max_fails=0;");
  });

  test("two names keep their certificates in different files", () => {
    expect(certificateFiles(site)).not.toEqual(certificateFiles({ hostname: "example.com" }));
  });

  test("fails with every name and address that would be a directive", () => {
    const wrong = { ...site, hostname: "a; return 200", origins: ["198.51.100.10; }"] };
    expect(() => renderHostnames([wrong, { ...site, origins: [] }], 1)).toThrow(
      [
        'edge hostnames[0]: must be a host name, with at most one leading "*.", got "a; return 200"',
        'edge hostnames[0].origins: must be addresses, got "198.51.100.10; }"',
        "edge hostnames[1].origins: at least one is needed, got none",
      ].join("\n"),
    );
  });
});
