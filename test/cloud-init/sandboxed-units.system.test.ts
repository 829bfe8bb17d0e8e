import { readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { HostFile } from "../../cloud-init/host-file";
import { renderMarkdownTable } from "../../programs/table";
import { GeneratedText } from "../../rehearsal/bench/generated-text";
import { exampleHosts } from "./example-hosts";
import { describeWithImage, HostImage } from "./host-image";

/** What starts containers, as podman has to: mounts, control groups and users of its own. The container is the sandbox. */
const CONTAINERS = ["app.service", "release.service", "schedule@.service", "schedules.service", "worker@.service"];
/** Where systemd's word is no longer "OK" but "MEDIUM". */
const LIMIT = 5;

const DOCUMENT = join(__dirname, "../../docs/security.md");
const TABLE = new GeneratedText(
  "exposure",
  "UPDATE_DOCS=1 npx jest --selectProjects=system --testPathPatterns=test/cloud-init/sandboxed",
);

/** Services that we write or change. */
function servicesOf(files: readonly HostFile[]): string[] {
  const names = files.flatMap(({ path }) => {
    const [, , , , unit = ""] = path.startsWith("/etc/systemd/system/") ? path.split("/") : [];
    return [unit.replace(/\.d$/, "")].filter((name) => name.endsWith(".service"));
  });
  return [...new Set(names)].sort();
}

/** How exposed each is, 0 to 10, as systemd judges by what its unit lets it do. */
function exposures(host: HostImage, services: readonly string[]): Map<string, number> {
  const found = services.map((name) => {
    const { stdout, stderr } = host.run(`systemd-analyze security --offline=true --no-pager ${name}`);
    const level = / Overall exposure level for \S+: ([\d.]+) /.exec(stdout)?.[1];
    if (level === undefined) throw new Error(`${name}: ${stderr}${stdout}`);
    return [name, Number(level)] as const;
  });
  return new Map(found);
}

describeWithImage("what services may do to their node", () => {
  /** By service, of all hosts. */
  const all = new Map<string, number>();

  test.each(exampleHosts())("$name: systemd calls each of them OK", ({ files }) => {
    using host = new HostImage(files);
    const containers = files.some(({ path }) => posix.basename(path) === "run-container") ? CONTAINERS : [];
    const others = ["do-agent.service", ...containers];
    const services = servicesOf(files).filter((service) => !others.includes(service));
    const found = exposures(host, services);
    for (const [service, level] of found) all.set(service, Math.max(level, all.get(service) ?? 0));
    expect([...found].filter(([, level]) => level >= LIMIT)).toEqual([]);
    expect(found.size).toBeGreaterThan(4);
  });

  test("docs/security.md says how exposed each is", () => {
    const rows = [...all]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, level]) => [name, level.toFixed(1)]);
    const document = readFileSync(DOCUMENT, "utf8");
    const wanted = TABLE.replaceIn(document, renderMarkdownTable(["service", "exposure"], rows));
    if (process.env.UPDATE_DOCS === "1") writeFileSync(DOCUMENT, wanted);
    else expect(document).toBe(wanted);
  });

  test("one that may do everything is not OK", () => {
    using host = new HostImage([
      { path: "/etc/systemd/system/x.service", content: "[Service]\nExecStart=/bin/true\n" },
    ]);
    expect(exposures(host, ["x.service"]).get("x.service")).toBeGreaterThan(9);
  });
});
