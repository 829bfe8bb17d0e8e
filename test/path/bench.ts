/**
 * Compares the way of a request through our load balancers and web nodes with others: `npm run bench:path`, as root, on a
 * machine with two cores that does nothing else.
 *
 * All candidates stand side by side on one network without a way out, before the same two applications and one database, and
 * are asked in turn. Everything but the load generator runs on one core, the load generator on another one.
 *
 * usage: bench.ts [--rounds N] [--seconds N] [--work TEXT] [--way TEXT] [--json] [--write-docs]
 *        --rounds      how often each is measured, default 5
 *        --seconds     how long each time, default 4
 *        --work        only works whose name contains this
 *        --way         only ways to ask whose name contains this
 *        --json        prints the figures of each round
 *        --write-docs  puts the tables into docs/performance.md
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { parseCount } from "../../programs/parse-count";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { runProgram } from "../../programs/run-program";
import { runMain, UserError } from "../../programs/user-error";
import { median } from "../drivers/bench-report";
import { examplePem } from "../cloud-init/example-pem";
import { type Candidate, Candidates } from "./candidates";
import { type Load, providePrograms } from "./load";
import { pinTo, processorSeconds } from "./processor-time";
import { FIGURES, type Measurement, renderMarkdown, renderText, type Saturation } from "./report";
import { headers, type Way, ways, type Work, works } from "./works";

const DOCUMENT = path.join(PROJECT_DIRECTORY, "docs/performance.md");
const PATH_CORE = 0;
const LOAD_CORE = 1;
const AT_A_TIME = 100;
const ADDRESS = "10.10.0.5";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      work: { type: "string", default: "" },
      way: { type: "string", default: "" },
      json: { type: "boolean", default: false },
      "write-docs": { type: "boolean", default: false },
    },
  });
  if (cpus().length < 2)
    throw new UserError("this machine: must have two cores, one for the path and one for the load");
  const plan = {
    rounds: parseCount("--rounds", values.rounds, 1, 100),
    seconds: parseCount("--seconds", values.seconds, 1, 100),
    works: works.filter(({ name }) => name.includes(values.work)),
    ways: ways.filter(({ name }) => name.includes(values.way)),
  };
  const programs = await providePrograms();
  const keys = mkdtempSync(path.join(tmpdir(), "path-"));
  try {
    writeFileSync(path.join(keys, "cert.pem"), examplePem.certificate);
    writeFileSync(path.join(keys, "key.pem"), examplePem.privateKey, { mode: 0o600 });
    const [app, caddy] = ["app", "caddy"].map((name) => path.join(programs, name)) as [string, string];
    await using candidates = await Candidates.start(app, existsSync(caddy) ? caddy : undefined);
    const bench = new Bench(candidates, programs, keys, plan.seconds);
    const measurement = await measure(bench, plan);
    process.stdout.write(values.json ? `${JSON.stringify(measurement)}\n` : `${renderText(measurement)}\n`);
    if (values["write-docs"])
      writeFileSync(DOCUMENT, FIGURES.replaceIn(readFileSync(DOCUMENT, "utf8"), renderMarkdown(measurement)));
    return 0;
  } finally {
    rmSync(keys, { recursive: true });
  }
}

interface Plan {
  readonly rounds: number;
  readonly works: readonly Work[];
  readonly ways: readonly Way[];
}

async function measure(bench: Bench, { rounds, works, ways }: Plan): Promise<Measurement> {
  const measurement: Measurement = { seconds: bench.seconds, saturation: [], constant: [], loads: [] };
  const cases = works.flatMap((work) => (work.oneWay ? ways.slice(0, 1) : ways).map((way) => ({ work, way })));
  for (let round = 0; round < rounds; round++)
    for (const { work, way } of cases)
      for (const candidate of bench.candidatesFor(way)) {
        measurement.loads.push(loadavg()[0]!);
        measurement.saturation.push({
          ...label(work, way, candidate),
          ...(await bench.saturate(candidate, work, way)),
        });
      }
  for (let round = 0; round < rounds; round++)
    for (const { work, way } of cases) {
      const rate = halfOfTheSlowest(measurement.saturation, work, way);
      for (const candidate of bench.candidatesFor(way)) {
        const load = await bench.ask(candidate, work, way, ["-rate", `${rate}`]);
        measurement.constant.push({ ...label(work, way, candidate), rate, ...load });
      }
    }
  return measurement;
}

function label(work: Work, way: Way, candidate: Candidate) {
  return { work: work.name, way: way.name, candidate: candidate.name };
}

/** The same for all, so that their times can be compared. */
function halfOfTheSlowest(saturation: readonly Saturation[], work: Work, way: Way): number {
  const own = saturation.filter((one) => one.work === work.name && one.way === way.name);
  const medians = [...new Set(own.map(({ candidate }) => candidate))].map((name) =>
    median(own.filter(({ candidate }) => candidate === name).map(({ requestsPerSecond }) => requestsPerSecond)),
  );
  return Math.max(1, Math.round(Math.min(...medians) / 2));
}

class Bench {
  constructor(
    private readonly candidates: Candidates,
    private readonly programs: string,
    private readonly keys: string,
    readonly seconds: number,
  ) {
    for (const sandbox of candidates.sandboxes) pinTo(PATH_CORE, sandbox);
  }

  candidatesFor(way: Way): Candidate[] {
    const { all } = this.candidates;
    // Without TLS ours is compared with the limit only, which has none.
    return all.filter(({ name, ports }) => (way.tls ? ports.tls !== undefined : name === "ours" || !ports.tls));
  }

  /** As many requests as it answers, and what of the processor each process took for a thousand. */
  async saturate(
    candidate: Candidate,
    work: Work,
    way: Way,
  ): Promise<Load & Pick<Saturation, "millisecondsPerThousand">> {
    const before = processorSeconds(candidate.sandboxes);
    const load = await this.ask(candidate, work, way);
    const after = processorSeconds(candidate.sandboxes);
    const used = [...after].map(([process, seconds]) => {
      const milliseconds = (1000 * (seconds - (before.get(process) ?? 0)) * 1000) / load.sent;
      return [process, milliseconds] as const;
    });
    return { ...load, millisecondsPerThousand: Object.fromEntries(used) };
  }

  async ask({ name, ports }: Candidate, work: Work, way: Way, more: readonly string[] = []): Promise<Load> {
    const origin = way.tls ? `https://${ADDRESS}:${ports.tls}` : `http://${ADDRESS}:${ports.clear}`;
    const options = [
      ...["-url", origin + work.path, "-seconds", `${this.seconds}`, "-at-a-time", `${AT_A_TIME}`],
      ...Object.entries(headers).flatMap(([name, value]) => ["-header", `${name}:${value}`]),
      ...(way.http2 ? ["-http2"] : []),
      ...(way.tls ? ["-cert", path.join(this.keys, "cert.pem"), "-key", path.join(this.keys, "key.pem")] : []),
      ...(work.body === undefined ? [] : ["-body", work.body]),
      ...more,
    ];
    const enter = ["nsenter", `--net=${this.candidates.networkNamespace}`, "taskset", "--cpu-list", `${LOAD_CORE}`];
    const command = [...enter, path.join(this.programs, "load"), ...options];
    const load = JSON.parse(await runProgram(command, { timeoutSeconds: this.seconds + 60 })) as Load;
    process.stderr.write(
      `${name}, ${work.name}, ${way.name}: ${load.requestsPerSecond.toFixed(0)} requests/s, p99 ${load.p99.toFixed(2)} ms\n`,
    );
    if (load.failed > 0)
      process.stderr.write(
        `${name}: ${load.failed} of ${load.requests} failed: ${load.errors?.join("; ").slice(0, 300)}\n`,
      );
    return load;
  }
}

runMain(main);
