import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCloudInitDirectory } from "../../cloud-init/rootfs";

const library = join(findCloudInitDirectory(), "load-balancer/rootfs/usr/local/lib/infrastructure");
const works = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: "ignore" }).status === 0;
const missing = [
  ...(works("spin", "-V") ? [] : ["spin"]),
  ...(works("gcc", "--version") ? [] : ["gcc"]),
  ...(works("python3", "-c", "import sys; assert sys.version_info >= (3, 10)") ? [] : ["python3 ≥ 3.10"]),
];

function output(program: string, args: string[], input = ""): string[] {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", input, maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: exit ${status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

/** The sequences that the rule in `directory` answers with other claims than the model does. */
function differences(directory: string, sequences: string[]): string[] {
  const followed = output("python3", [join(__dirname, "follow-sequences.py"), directory], sequences.join("\n"));
  expect(followed.length).toBe(sequences.length);
  return followed.flatMap((line, index) =>
    line === sequences[index] ? [] : [`model:   ${sequences[index]}`, `program: ${line}`],
  );
}

// What is compared, and what is not, stands in follow-sequences.py.
(missing.length === 0 ? describe : describe.skip)(
  `the program and the model${missing.length === 0 ? "" : ` (skipped: needs ${missing.join(", ")})`}`,
  () => {
    let sequences: string[];
    beforeAll(() => {
      sequences = output("sh", [join(__dirname, "check"), "sequences", "2"]);
    }, 300_000);

    test("claim the same in every sequence of two events, at rest or in the middle of a claim", () => {
      expect(sequences.length).toBeGreaterThan(1500);
      expect(sequences.filter((line) => / [1-4]:/.test(line.split("|")[1] ?? "")).length).toBeGreaterThan(950);
      expect(sequences.filter((line) => (line.split("|")[2] ?? "").trim() !== "").length).toBeGreaterThan(700);
      expect(differences(library, sequences)).toEqual([]);
    }, 300_000);

    test.each([
      [
        "is not patient when the MASTER lacks the API",
        "UNSERVED_BEFORE_ANYONE, ",
        "UNSERVED_BEFORE_ANYONE, _ = 1e9, 0; _, ",
      ],
      [
        "does not look again after the GET",
        "if probed.served:\n            return self.served()",
        "if False:\n            return",
      ],
    ])(
      "are told apart when the program %s",
      (_, text, instead) => {
        const directory = mkdtempSync(join(tmpdir(), "rule-"));
        try {
          cpSync(library, directory, { recursive: true });
          const file = join(directory, "reserved_ip_rule.py");
          const changed = readFileSync(file, "utf8").replace(text, instead);
          expect(changed).not.toBe(readFileSync(file, "utf8"));
          writeFileSync(file, changed);
          expect(
            differences(
              directory,
              sequences.filter((_line, index) => index % 4 === 0),
            ),
          ).not.toEqual([]);
        } finally {
          rmSync(directory, { recursive: true });
        }
      },
      120_000,
    );
  },
);
