import { pageValues } from "../../cloud-init/page-style";
import { renderRoleUserData, roleFiles, type Role } from "../../cloud-init/role-user-data";
import { exampleLoadBalancer } from "./example-hosts";
import { parseUserData } from "./parse-user-data";

const settings = {
  tags: { loadBalancer: "lb", web: "web", app: "app" },
  readinessToken: "readiness-0123456789",
};
const values: Role["values"] = {
  "/etc/infrastructure/role.env": {
    RESERVED_IP: "1",
    PUBLIC_HOSTNAME: "2",
    EDGE_WITNESS: "3",
    VXLAN_PORT: "4",
    SILENCE_SECONDS: "5",
    WEB_FILES: "6",
    ADDRESS_REQUESTS: "7",
    ADDRESS_AT_A_TIME: "8",
  },
  "/etc/infrastructure/discovery.json": { OTHER_TAG_KEYS: "" },
  ...pageValues("maintenance"),
};
const role: Role = {
  name: "load-balancer",
  packages: ["haproxy", "curl"],
  values,
  files: [],
  units: ["haproxy.service"],
};
const contentOf = (files: ReturnType<typeof roleFiles>, path: string) =>
  files.find((file) => file.path === path)?.content;

describe("the text of a role", () => {
  test("holds the base's files, the role's, and node.env filled in", () => {
    const files = roleFiles(role, settings);
    expect(contentOf(files, "/usr/local/sbin/node-status")).toMatch(/^#!/);
    expect(contentOf(files, "/etc/haproxy/haproxy.cfg")).toMatch(/frontend https/);
    expect(contentOf(files, "/etc/infrastructure/node.env")).toMatch(/^WEB_TAG=web$/m);
    expect(contentOf(files, "/etc/infrastructure/readiness.token")).toBe("readiness-0123456789\n");
  });

  test("lets a file of the settings take the place of ours", () => {
    const file = { path: "/etc/haproxy/haproxy.cfg", content: "mine\n", permissions: "0640" };
    const files = roleFiles(role, { ...settings, extraFiles: [file, { path: "/etc/motd", content: "hello\n" }] });
    expect(files.filter(({ path }) => path === file.path)).toEqual([file]);
    expect(contentOf(files, "/etc/motd")).toBe("hello\n");
  });

  test("names every package once, sorted", () => {
    const { packages } = parseUserData(renderRoleUserData(role, { ...settings, extraPackages: ["zsh", "jq"] }));
    expect(packages).toEqual([...new Set(packages)].sort());
    expect(packages).toEqual(expect.arrayContaining(["curl", "haproxy", "jq", "zsh"]));
  });

  test("enables and starts node-status before the role's units, and drain-node last", () => {
    const commands = parseUserData(renderRoleUserData(role, settings)).runcmd.map(String);
    const position = (unit: string) => commands.indexOf(`systemctl,restart,${unit}`);
    expect(position("node-status.service")).toBeGreaterThan(0);
    expect(position("haproxy.service")).toBeGreaterThan(position("node-status.service"));
    expect(position("drain-node.service")).toBe(commands.length - 1);
    const enabled = commands.findIndex((command) => /^systemctl,enable,--quiet,haproxy.service,/.test(command));
    expect(enabled).toBeGreaterThan(position("node-status.service"));
    expect(position("haproxy.service")).toBe(enabled + 1);
  });

  test("enables and starts units of the settings in the end, after systemd has read their files", () => {
    const extraUnits = ["backup.timer", "cache.service"];
    const files = roleFiles(role, { ...settings, extraUnits });
    expect(contentOf(files, "/etc/infrastructure/extra-units.json")).toBe('["backup.timer","cache.service"]\n');
    const commands = parseUserData(renderRoleUserData(role, { ...settings, extraUnits })).runcmd.map(String);
    expect(commands.slice(-4).map((command) => command.split(",").slice(-3).join(" "))).toEqual([
      ...[expect.stringMatching(/enable backup\.timer$/), "restart --no-block backup.timer"],
      ...[expect.stringMatching(/enable cache\.service$/), "restart --no-block cache.service"],
    ]);
    expect(commands[1]).toMatch(/^systemctl,enable,--quiet,.*node-status/);
    expect(contentOf(roleFiles(role, settings), "/etc/infrastructure/extra-units.json")).toBeUndefined();
  });

  test("is the same whatever the node, and the same each time", () => {
    expect(renderRoleUserData(role, settings)).toBe(renderRoleUserData(role, { ...settings }));
  });

  test("fails when a file has placeholders and nobody gave values", () => {
    const { "/etc/infrastructure/role.env": _, ...others } = values;
    expect(() => roleFiles({ ...role, values: others }, settings)).toThrow(
      "/etc/infrastructure/role.env: placeholders without values: ADDRESS_AT_A_TIME, ADDRESS_REQUESTS, EDGE_WITNESS, PUBLIC_HOSTNAME, RESERVED_IP, SILENCE_SECONDS, VXLAN_PORT, WEB_FILES",
    );
  });

  test("fails when there are values for a file that is not there", () => {
    expect(() => roleFiles({ ...role, values: { ...values, "/etc/nowhere": {} } }, settings)).toThrow(
      "load-balancer: values for /etc/nowhere, which is not in its rootfs",
    );
  });

  test("leaves 12 KiB of a load balancer's user-data to whoever adds files", () => {
    const { certificate, privateKey, clientAuthority } = exampleLoadBalancer;
    const files = [certificate, privateKey, clientAuthority].map((content, index) => ({
      path: `/etc/${index}`,
      content,
    }));
    expect(renderRoleUserData({ ...role, files }, settings).length).toBeLessThan(52 * 1024);
  });
});
