import { posix } from "node:path";
import type { HostFile } from "../../cloud-init/host-file";
import { exampleHosts } from "./example-hosts";
import { describeWithImage, HostImage } from "./host-image";

/** What starts containers, as podman has to: mounts, control groups and users of its own. The container is the sandbox. */
const CONTAINERS = ["app.service", "release.service", "schedule@.service", "schedules.service", "worker@.service"];
/** Where systemd's word is no longer "OK" but "MEDIUM". */
const LIMIT = 5;

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
  test.each(exampleHosts())("$name: systemd calls each of them OK", ({ name, files }) => {
    using host = new HostImage(files);
    const containers = files.some(({ path }) => posix.basename(path) === "run-container") ? CONTAINERS : [];
    const others = ["do-agent.service", ...containers];
    const services = servicesOf(files).filter((service) => !others.includes(service));
    const found = exposures(host, services);
    process.stderr.write(`${name}: ${[...found].map(([service, level]) => `${service} ${level}`).join(", ")}\n`);
    expect([...found].filter(([, level]) => level >= LIMIT)).toEqual([]);
    expect(found.size).toBeGreaterThan(4);
  });

  test("one that may do everything is not OK", () => {
    using host = new HostImage([
      { path: "/etc/systemd/system/x.service", content: "[Service]\nExecStart=/bin/true\n" },
    ]);
    expect(exposures(host, ["x.service"]).get("x.service")).toBeGreaterThan(9);
  });
});
