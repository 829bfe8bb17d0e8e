import { Token } from "cdktf";
import { checkNodeSettings, type NodeSettings } from "../../cloud-init/node-settings";

const good: NodeSettings = {
  tags: { loadBalancer: "shop-lb", web: "shop-web", app: "shop-app" },
  readinessToken: "0123456789abcdef",
  extraFiles: [{ path: "/etc/motd", content: "hello\n", permissions: "0600", owner: "root:adm" }],
  extraPackages: ["htop", "libc6:amd64", "nginx=1.26.3-3"],
  extraUnits: ["backup.timer", "cache@1.service"],
};

describe("settings of a node", () => {
  test("have no problem when they are right, or known only at apply", () => {
    expect(checkNodeSettings(good)).toEqual([]);
    const late = Token.asString({ resolve: () => "x" });
    expect(checkNodeSettings({ ...good, readinessToken: late, tags: { ...good.tags, web: late } })).toEqual([]);
  });

  test("fails with every problem at once, each with its path", () => {
    const problems = checkNodeSettings({
      tags: { ...good.tags, web: "a b" },
      readinessToken: "short",
      extraFiles: [
        { path: "etc/motd", content: "", permissions: "rw" },
        { path: "/etc/../shadow", content: "", owner: "root root" },
        { path: "/etc/motd", content: "" },
        { path: "/etc/motd", content: "" },
      ],
      extraPackages: ["htop; reboot"],
      extraUnits: ["backup", "a b.timer"],
    });
    expect(problems).toEqual([
      { path: "tags.web", message: 'must be 1 to 255 letters, digits, ":", "-" or "_", got "a b"' },
      { path: "readinessToken", message: "must be 8 to 512 letters, digits or ._~+/=-, got 5 characters" },
      { path: "extraFiles[0].path", message: 'must be an absolute path without "..", "//" or blanks, got "etc/motd"' },
      { path: "extraFiles[0].permissions", message: 'must be octal such as "0640", got "rw"' },
      {
        path: "extraFiles[1].path",
        message: 'must be an absolute path without "..", "//" or blanks, got "/etc/../shadow"',
      },
      { path: "extraFiles[1].owner", message: 'must be user or user:group, got "root root"' },
      { path: "extraFiles[3].path", message: 'is there twice, got "/etc/motd"' },
      { path: "extraPackages[0]", message: 'must be a Debian package name, got "htop; reboot"' },
      { path: "extraUnits[0]", message: 'must be a unit such as redis-server.service, got "backup"' },
      { path: "extraUnits[1]", message: 'must be a unit such as redis-server.service, got "a b.timer"' },
    ]);
  });

  test("fails without showing a secret", () => {
    const [problem] = checkNodeSettings({ ...good, readinessToken: "pass word!" });
    expect(problem?.message).not.toContain("pass");
  });
});
