import { exampleHosts } from "./example-hosts";
import { fileTools } from "./file-tools";
import { describeWithImage, HostImage } from "./host-image";

describeWithImage("every file that goes to a host, checked by its own tool", () => {
  describe.each(exampleHosts())("$name", ({ userData, files }) => {
    let host: HostImage;
    beforeAll(() => {
      host = new HostImage([...files, { path: "/root/user-data", content: userData }]);
    });
    afterAll(() => host[Symbol.dispose]());

    const applicable = fileTools.filter((tool) => files.some(tool.covers));
    test.each(applicable)("$name has no complaint", (tool) => {
      expect(tool.complaints(host, files.filter(tool.covers))).toEqual([]);
    });

    test("no file is without a tool", () => {
      expect(files.filter((file) => !fileTools.some((tool) => tool.covers(file))).map(({ path }) => path)).toEqual([]);
    });

    test("cloud-init accepts the user-data", () => {
      const result = host.run("cloud-init schema --config-file /root/user-data 2>&1");
      expect(result.stdout).toMatch(/Valid schema/);
      expect(result.stdout).not.toMatch(/deprecat|warning/i);
    });
  });

  test("fails a file with a mistake, whatever its kind", () => {
    using host = new HostImage([]);
    const mistakes: Record<string, { path: string; content: string }> = {
      "nft -c": { path: "/etc/x.nft", content: "table inet x { chain y { nonsense } }\n" },
      "systemd-analyze verify": {
        path: "/etc/systemd/system/x.service",
        content: "[Service]\nExecStart=/bin/true\nRestrat=always\n",
      },
      shellcheck: { path: "/usr/local/sbin/x", content: "#!/bin/sh\nrm $1\n" },
      "Python's compiler": { path: "/usr/local/sbin/y", content: "#!/usr/bin/env python3\ndef\n" },
      jq: { path: "/etc/x.json", content: "{\n" },
      "apt-config": { path: "/etc/apt/apt.conf.d/99x", content: "{ y; };\n" },
      "systemd-tmpfiles": { path: "/etc/tmpfiles.d/x.conf", content: "zz nonsense\n" },
      "the keys that systemd's own commented file lists": {
        path: "/etc/systemd/journald.conf.d/x.conf",
        content: "[Journal]\nSystemMaxUsed=1G\n",
      },
      "keepalived -t": { path: "/etc/keepalived/keepalived.conf", content: "vrrp_instance x {\n nonsense 1\n}\n" },
      "the form of an environment file": { path: "/etc/x.env", content: 'A="b c"\n' },
    };
    const silent = Object.entries(mistakes).filter(([name, file]) => {
      const tool = fileTools.find((candidate) => candidate.name === name);
      host.write(file);
      return tool === undefined || !tool.covers(file) || tool.complaints(host, [file]).length === 0;
    });
    expect(silent).toEqual([]);
  });
});
