import { renderHostnames } from "../../../local-cloud/edge/hostnames-configuration";
import type { EdgeHostname } from "../../../local-cloud/platform/platform";
import { exampleHostname as site } from "./example-hostname";

/** The directives of a configuration, without what encloses them. */
function directives(...hostnames: EdgeHostname[]): Set<string> {
  const lines = renderHostnames(hostnames, 1).split("\n");
  return new Set(lines.map((line) => line.trim()).filter((line) => line.endsWith(";")));
}

describe("configuration of the names at the edge", () => {
  test("requests go on to the origins of their name, over TLS unless the mode is flexible", () => {
    const origins = (ssl: EdgeHostname["ssl"]) =>
      [...directives({ ...site, ssl })].filter((line) => line.startsWith("set $origin"));
    expect(origins("strict")).toEqual(["set $origin www.example.com-443;"]);
    expect(origins("flexible")).toEqual(["set $origin www.example.com-80;"]);
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
});
