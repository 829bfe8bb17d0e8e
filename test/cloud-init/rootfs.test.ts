import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPermissions } from "../../cloud-init/host-file";
import { findCloudInitDirectory, readFiles, readRootfs } from "../../cloud-init/rootfs";

/** Says whose syntax trees are different but for docstrings below the first, and who has none of its own. */
const COMPARE = `
import ast, json, sys
def tree(text):
    module = ast.parse(text)
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and ast.get_docstring(node) and node.body[1:]:
            del node.body[0]
    return ast.dump(module)
pairs = json.load(sys.stdin)
different = [path for path, long, short in pairs if tree(long) != tree(short)]
without = [path for path, long, short in pairs if not ast.get_docstring(ast.parse(short))]
print(json.dumps({"different": different, "without": without}))
`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rootfs-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("the files for the hosts", () => {
  test("are found from any directory below the package", () => {
    mkdirSync(join(directory, "cloud-init/base/rootfs"), { recursive: true });
    const bundle = join(directory, "node_modules/.cache/synth");
    mkdirSync(bundle, { recursive: true });
    expect(findCloudInitDirectory(bundle)).toBe(join(directory, "cloud-init"));
  });

  test("fails with the place where the search began when there are none", () => {
    expect(() => findCloudInitDirectory(directory)).toThrow(`in any directory above ${directory}`);
  });

  test("are read without what tools leave beside them", () => {
    for (const name of ["kept", "kept~", ".kept.swp", ".DS_Store"]) writeFileSync(join(directory, name), "x");
    mkdirSync(join(directory, "__pycache__"));
    writeFileSync(join(directory, "__pycache__/kept.pyc"), "x");
    expect(readRootfs(directory).map(({ path }) => path)).toEqual(["/kept"]);
  });

  test("are read with their paths on the host in one order, text as text and bytes as bytes", () => {
    mkdirSync(join(directory, "etc/b"), { recursive: true });
    writeFileSync(join(directory, "etc/b/text"), "é\n");
    writeFileSync(join(directory, "etc/Bytes"), Buffer.from([0xff, 0xfe]));
    expect(readRootfs(directory)).toEqual([
      { path: "/etc/Bytes", content: Buffer.from([0xff, 0xfe]) },
      { path: "/etc/b/text", content: "é\n" },
    ]);
  });

  test.each(["base", "discovery", "load-balancer"])(
    "of %s are executable in the repository where they are on a host",
    (role) => {
      const rootfs = join(findCloudInitDirectory(), role, "rootfs");
      const wrong = readRootfs(rootfs).filter(({ path }) => {
        const executable = (statSync(join(rootfs, path)).mode & 0o111) !== 0;
        return executable !== (defaultPermissions(path) === "0755");
      });
      expect(wrong.map(({ path }) => path)).toEqual([]);
    },
  );

  test("are programs that do the same as those with comments, and say what they do", () => {
    const programs = readFiles(findCloudInitDirectory()).filter(
      ({ path, content }) => path.includes("/rootfs/") && /^(#!.*python3\n|""")/.test(String(content)),
    );
    expect(programs.length).toBeGreaterThan(10);
    const short = new Map(
      readRootfs(findCloudInitDirectory()).map(({ path, content }) => [path, String(content)] as const),
    );
    const pairs = programs.map(({ path, content }) => [path, String(content), short.get(path)]);
    const { stdout, stderr } = spawnSync("python3", ["-c", COMPARE], {
      input: JSON.stringify(pairs),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ different: [], without: [] });
  });

  test("are bytes as they were written, where others wrote them", () => {
    const program = '#!/usr/bin/env python3\n# a comment\ndef f():\n    """Docstring."""\n    return 1\n';
    writeFileSync(join(directory, "program"), program);
    expect(readFiles(directory)[0]!.content).toBe(program);
    expect(readRootfs(directory)[0]!.content).toBe("#!/usr/bin/env python3\ndef f():\n    return 1\n");
  });

  test.each(["base", "discovery", "load-balancer", "web", "app"])(
    "of %s end in a newline, which HAProxy insists on",
    (role) => {
      const files = readRootfs(join(findCloudInitDirectory(), role, "rootfs"));
      expect(files.filter(({ content }) => !String(content).endsWith("\n")).map(({ path }) => path)).toEqual([]);
    },
  );
});
