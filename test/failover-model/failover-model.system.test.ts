import { spawnSync } from "node:child_process";
import { join } from "node:path";

const installed = (program: string) => spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
const missing = ["spin", "gcc"].filter((program) => !installed(program));

/** Runs `check`; its lines, and below each line the events that it tells. */
function check(what: string): { status: number | null; checks: Array<{ line: string; events: string[] }> } {
  const { status, stdout, stderr } = spawnSync("sh", [join(__dirname, "check"), what], { encoding: "utf8" });
  if (stderr) throw new Error(stderr);
  const checks: Array<{ line: string; events: string[] }> = [];
  for (const line of stdout.trimEnd().split("\n")) {
    if (line.startsWith("    ")) checks.at(-1)?.events.push(line.trim());
    else checks.push({ line, events: [] });
  }
  return { status, checks };
}

(missing.length === 0 ? describe : describe.skip)(
  `the model of the failover${missing.length === 0 ? "" : ` (skipped: needs ${missing.join(" and ")})`}`,
  () => {
    test("keeps every promise, for 2 and 3 load balancers, with and without the edge as a witness", () => {
      const { status, checks } = check("bounded");
      expect(checks.map(({ line }) => line).filter((line) => !line.includes("| holds |"))).toEqual([]);
      expect(checks.length).toBe(14);
      expect(status).toBe(0);
    }, 600_000);

    test("fails for the protocol of the tutorials, and for each rule that is left out", () => {
      const { status, checks } = check("control");
      expect(checks.map(({ line }) => line.split("|").slice(1, 3).join("|").trim().replace(/ +/g, " "))).toEqual([
        "-DBUDGET=2 -DEDGE_TRIGGERED | fails",
        "-DBUDGET=1 -DWITHOUT=1 | fails",
        "-DBUDGET=1 -DWITHOUT=4 | fails",
        "-DBUDGET=1 -DWITHOUT=5 | fails",
      ]);
      // In words: the holder loses power, the other is told MASTER and claims, DigitalOcean's action ends in an error.
      // Nobody tells it MASTER again, so nobody claims again: the site is down for good, with a healthy node at hand.
      const events = checks[0]?.events ?? [];
      expect(events.slice(-5)).toEqual([
        "0 loses power",
        "1 is MASTER",
        "1 claims from 0",
        "the assignment ends in an error",
        "and then, for ever:",
      ]);
      expect(status).toBe(0);
    }, 300_000);
  },
);
