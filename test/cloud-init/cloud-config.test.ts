import { gunzipSync } from "node:zlib";
import { Token } from "cdktf";
import { renderCloudConfig } from "../../cloud-init/cloud-config";
import type { HostFile } from "../../cloud-init/host-file";

const render = (...files: HostFile[]) => renderCloudConfig({ packages: ["haproxy"], files, commands: [["true"]] });
const parse = (text: string) => JSON.parse(text.replace("#cloud-config\n", ""));
/** Bytes that do not compress, the same in every run. */
const noise = (length: number) => {
  let state = 1;
  return Buffer.from(Array.from({ length }, () => (state = (state * 16807) % 2147483647) & 255));
};

describe("user-data", () => {
  test("is a cloud-config of one JSON document", () => {
    expect(render({ path: "/etc/a", content: "é\n", owner: "root:root", permissions: "0600" })).toBe(
      '#cloud-config\n{"package_update":true,"packages":["haproxy"],"ssh_pwauth":false,"write_files":[{"path":"/etc/a",' +
        '"permissions":"0600","owner":"root:root","encoding":"b64","content":"w6kK"}],"runcmd":["set -e",["true"]]}\n',
    );
  });

  test("holds the exact bytes of every file, compressed from a kilobyte on", () => {
    const [small, large] = parse(
      render({ path: "/a", content: noise(100) }, { path: "/b", content: "server\n".repeat(500) }),
    ).write_files;
    expect(small.encoding).toBe("b64");
    expect(Buffer.from(small.content, "base64").equals(noise(100))).toBe(true);
    expect(large.encoding).toBe("gz+b64");
    expect(gunzipSync(Buffer.from(large.content, "base64")).toString()).toBe("server\n".repeat(500));
  });

  test("is the same bytes today and on every machine, compressed files too", () => {
    const [file] = parse(render({ path: "/b", content: "server\n".repeat(500) })).write_files;
    expect(Buffer.from(file.content, "base64").toString("hex")).toBe(
      "1f8b0800000000000203edc5310d00000803b01f9f181809fab1c1d1abd3d94e01000000001e713e532aafac0d0000",
    );
  });

  test("makes programs executable by their place, and nothing else", () => {
    const paths = [
      "/usr/local/sbin/x",
      "/usr/local/lib/infrastructure/x",
      "/usr/local/lib/infrastructure/x.py",
      "/etc/x",
    ];
    const files = parse(render(...paths.map((path) => ({ path, content: "" })))).write_files;
    expect(files.map(({ permissions }: { permissions: string }) => permissions)).toEqual([
      "0755",
      "0755",
      "0644",
      "0644",
    ]);
  });

  test("fails above 64 KiB and names the largest files", () => {
    expect(() => render({ path: "/etc/large", content: noise(50_000) }, { path: "/etc/small", content: "x" })).toThrow(
      /^user-data: must fit into 65536 bytes, got \d+; .* largest as they travel: \/etc\/large 66668, \/etc\/small 4$/,
    );
  });

  test("fails when late values might not fit, by what each file reserves for them", () => {
    const late = { path: "/etc/late", content: Token.asString({ resolve: () => "x" }), reserveBytes: 50_000 };
    expect(() => render(late)).toThrow(/\/etc\/late 66668/);
    expect(() => render({ ...late, reserveBytes: 5_000 })).not.toThrow();
  });

  test("fails on what Terraform would take for an expression outside of a file's content", () => {
    expect(() => render({ path: "/etc/${x}", content: "" })).toThrow(
      /"\$\{" outside of a file's content, near ".*\/etc\//,
    );
  });
});
