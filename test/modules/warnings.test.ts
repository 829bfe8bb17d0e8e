import os from "node:os";
import { App } from "cdktf";
import { SettingsError, Stack, Tier, WebInfrastructure, type WebInfrastructureProps } from "../../modules";
import { createSite } from "./synthesized";

/** What is printed about settings that are accepted. */
function warnings(props: Partial<WebInfrastructureProps>): string[] {
  const stack = new Stack(new App({ outdir: os.tmpdir() }), "web");
  return createSite(stack, "site", props)
    .node.findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === "@cdktf/warn")
    .map(({ data }) => String(data));
}

const file = (path: string) => [{ path, content: "garbage" }];

test("logins from the whole internet are allowed, with a word about it", () => {
  expect(warnings({ ssh: { sources: ["192.0.2.7/32", "10.0.0.0/8", "2001:db8::/32"] } })).toEqual([]);
  expect(warnings({ ssh: { sources: ["192.0.2.7/32", "0.0.0.0/0", "::/0", "0.0.0.0/1"] } })).toEqual(
    ["[1]: anybody in 0.0.0.0/0", "[2]: anybody in ::/0", "[3]: anybody in 0.0.0.0/1"].map(
      (start) => `ssh.sources${start} can try keys at every node, name the networks that need it`,
    ),
  );
});

test("a file of the platform can be replaced, with a word about it; a page for visitors without one", () => {
  const extraFiles = [...file("/etc/motd"), ...file("/etc/nginx/nginx.conf"), ...file("/etc/nginx/server.d/own.conf")];
  expect(warnings({ web: { extraFiles } })).toEqual([
    expect.stringMatching(
      /^extraFiles\[1\]\.path: \/etc\/nginx\/nginx\.conf takes the place of the platform's own file/,
    ),
  ]);
  expect(warnings({ app: { extraFiles: file("/usr/local/sbin/node-status") } })).toHaveLength(1);
  const page = "/usr/share/infrastructure/maintenance.html";
  expect(warnings({ loadBalancers: { extraFiles: [...file(page), ...file("/etc/haproxy/haproxy.cfg")] } })).toEqual([
    expect.stringMatching(/^extraFiles\[1\]\.path: \/etc\/haproxy\/haproxy\.cfg /),
  ]);
});

test("fails with user-data that is too large, and names the largest files", () => {
  // No two blocks alike, so that it cannot be compressed.
  const content = Array.from({ length: 60_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7919) % 20_000))).join(
    "",
  );
  expect(() => warnings({ web: { extraFiles: [{ path: "/etc/large", content }] } })).toThrow(SettingsError);
  expect(() => warnings({ web: { extraFiles: [{ path: "/etc/large", content }] } })).toThrow(
    /^user-data: must fit into 65536 bytes, got \d+ .*largest, in bytes: \/etc\/large \d+,/,
  );
});

test("fails where a construct is no part of what it belongs to", () => {
  const stack = new Stack(new App({ outdir: os.tmpdir() }), "web");
  const workload = { kind: "user-data", text: "#!/bin/sh\n" } as const;
  expect(() => new Tier(stack as unknown as WebInfrastructure, "cache", { workload })).toThrow(
    "scope: must be the WebInfrastructure that the tier belongs to, got an object",
  );
  const site = createSite(stack, "site");
  for (const id of ["web", "database", "Cache", "a".repeat(19), "", null, 5])
    expect(() => new Tier(site, id as string, { workload })).toThrow(/^id: must be /);
});
