import { Token } from "cdktf";
import { renderCloudConfig } from "../../cloud-init/cloud-config";
import { exampleHosts } from "./example-hosts";
import { fileTools } from "./file-tools";
import { describeWithImage, HostImage } from "./host-image";
import { documentsOf } from "./parse-user-data";

/** Complains when YAML, which cloud-init reads, is not what the JSON says. */
const READ_AS_YAML = `import json, yaml
text = open("/root/cloud-config", encoding="utf-8").read()
assert yaml.safe_load(text) == json.loads(text.split("\\n", 1)[1]), "YAML and JSON differ"
`;

describeWithImage("every file that goes to a host, checked by its own tool", () => {
  describe.each(exampleHosts())("$name", ({ userData, files }) => {
    let host: HostImage;
    beforeAll(() => {
      host = new HostImage(files);
    });
    afterAll(() => host[Symbol.dispose]());

    const applicable = fileTools.filter((tool) => files.some(tool.covers));
    test.each(applicable)("$name has no complaint", (tool) => {
      expect(tool.complaints(host, files.filter(tool.covers))).toEqual([]);
    });

    test("no file is without a tool", () => {
      expect(files.filter((file) => !fileTools.some((tool) => tool.covers(file))).map(({ path }) => path)).toEqual([]);
    });

    test("cloud-init accepts the user-data, and reads what was meant", () => {
      for (const document of documentsOf(userData)) expect(complaints(host, document)).toBe("");
    });
  });

  test("cloud-init accepts late values, and reads every character as it was meant", () => {
    using host = new HostImage([]);
    const late = { path: "/late", content: Token.asString({ resolve: () => "x" }) };
    const characters = {
      path: "/characters",
      content: "\0 \t \r \x7f \x85 \xa0 \u2028 \ufeff é 世界 🎉 ${x} %{y} \"'\\ #: \n",
    };
    const documents = documentsOf(renderCloudConfig({ packages: ["jq"], commands: [], files: [late, characters] }));
    expect(documents.map((document) => complaints(host, document))).toEqual(["", ""]);
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

/** What cloud-init, and Python, have to say about a cloud-config; empty when it is right. */
function complaints(host: HostImage, document: string): string {
  host.write({ path: "/root/cloud-config", content: document });
  host.write({ path: "/root/read-as-yaml.py", content: READ_AS_YAML });
  const script = "cloud-init schema --config-file /root/cloud-config 2>&1 && python3 /root/read-as-yaml.py 2>&1";
  const { stdout } = host.run(script);
  return stdout.replace(/^Valid schema .*\n$/, "");
}
