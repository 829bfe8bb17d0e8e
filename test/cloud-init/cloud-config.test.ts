import { Token } from "cdktf";
import { renderCloudConfig } from "../../cloud-init/cloud-config";
import type { HostFile } from "../../cloud-init/host-file";
import { documentsOf, parseUserData } from "./parse-user-data";

const render = (...files: HostFile[]) => renderCloudConfig({ packages: ["haproxy"], files, commands: [["true"]] });
/** Bytes that do not compress, the same in every run. */
const noise = (length: number) => {
  let state = 1;
  return Buffer.from(Array.from({ length }, () => (state = (state * 16807) % 2147483647) & 255));
};

describe("user-data", () => {
  test("is a message with one compressed cloud-config, when everything is known", () => {
    const [known, ...more] = documentsOf(
      render({ path: "/etc/a", content: "é\n", owner: "root:root", permissions: "0600" }),
    );
    expect(known).toBe(
      '#cloud-config\n{"package_update":true,"packages":["haproxy"],"ssh_pwauth":false,"write_files":[{"path":"/etc/a",' +
        '"permissions":"0600","owner":"root:root","content":"é\\n"}],"runcmd":["set -e",["true"]]}',
    );
    expect(more).toEqual([]);
  });

  test("holds late values in a second cloud-config, which is merged into the first", () => {
    const late = Token.asString({ resolve: () => "x" });
    const [known, second] = documentsOf(render({ path: "/a", content: "a" }, { path: "/b", content: late }));
    expect(known).not.toContain("/b");
    expect(second).toMatch(/^#cloud-config\n\{"merge_how":.*"write_files":\[\{"path":"\/b",.*"encoding":"b64"/);
  });

  test("holds the exact bytes of every file, whatever they mean to JSON, YAML, Terraform or MIME", () => {
    const contents = [
      noise(100),
      "",
      'a\t"\\ ${x} %{y}\r\n',
      "\u0085 \u2028 \ufeff 🎉",
      "\n--part-of-user-data--\n",
      "\0\x7f",
    ];
    const files = contents.map((content, index) => ({ path: `/${index}`, content }));
    const { files: found } = parseUserData(render(...files));
    expect(found.map(({ content }) => content)).toEqual(contents.map((content) => Buffer.from(content)));
  });

  test("is the same bytes today and on every machine, compressed", () => {
    expect(render({ path: "/b", content: "server\n".repeat(500) })).toBe(
      [
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="part-of-user-data"',
        "",
        "--part-of-user-data",
        "Content-Type: application/gzip",
        "Content-Transfer-Encoding: base64",
        "",
        "H4sIAAAAAAACA+3YwQ6CMAwG4LtPYeoVowfigVdBQiYUWIRtWTfRGN7dzcRn8PKfvuRv057bQzfb" +
          "2B87awY97t7kVHdXI7fR9SowVcFHLn6pUFXTpJy3zxc1BYlMrVtVDBNVg5olda5eB24HPX+b87xc" +
          "pNON0hT2ixbR1qQanS9lmcK0ObAJKRD2D/ZXAyGEEEIIIYQQwv9JWzr5fTTd0uc/gHDYH5mKmvKP" +
          "gJpm+wD8ZG/5TBAAAA==",
        "--part-of-user-data--",
        "",
      ].join("\n"),
    );
  });

  test("makes programs executable by their place, and nothing else", () => {
    const paths = [
      "/usr/local/sbin/x",
      "/usr/local/lib/infrastructure/x",
      "/usr/local/lib/infrastructure/x.py",
      "/etc/x",
    ];
    const { files } = parseUserData(render(...paths.map((path) => ({ path, content: "" }))));
    expect(files.map(({ permissions }) => permissions)).toEqual(["0755", "0755", "0644", "0644"]);
  });

  test("fails above 64 KiB and names the largest files", () => {
    expect(() => render({ path: "/etc/large", content: noise(50_000) }, { path: "/etc/small", content: "x" })).toThrow(
      /^user-data: must fit into 65536 bytes, got \d+ .*; .* largest, in bytes: \/etc\/large 50000, \/etc\/small 1$/,
    );
  });

  test("fails when late values might not fit, by what each file reserves for them", () => {
    const late = { path: "/etc/late", content: Token.asString({ resolve: () => "x" }), reserveBytes: 50_000 };
    expect(() => render(late)).toThrow(/\/etc\/late 66668/);
    expect(() => render({ ...late, reserveBytes: 5_000 })).not.toThrow();
  });

  test("fails on what Terraform would take for an expression outside of a file's content", () => {
    expect(() => render({ path: "/etc/${x}", content: Token.asString({ resolve: () => "x" }) })).toThrow(
      /"\$\{" outside of a file's content, near ".*\/etc\//,
    );
  });
});
