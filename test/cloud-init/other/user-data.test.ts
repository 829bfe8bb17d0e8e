import { endpointUnits } from "../../../cloud-init/app/endpoints";
import { otherFiles, otherUserData, type OtherSettings } from "../../../cloud-init/other/user-data";
import { SettingsError } from "../../../cloud-init/problems";
import { exampleCache, exampleWorker } from "../example-hosts";
import { documentsOf, parseUserData } from "../parse-user-data";

const contentOf = (settings: OtherSettings, path: string) =>
  otherFiles(settings).find((file) => file.path === path)?.content;

test("a worker runs its container with the database's URLs and certificate", () => {
  const { packages, runcmd } = parseUserData(otherUserData(exampleWorker));
  expect(packages).toContain("podman");
  expect(runcmd).toContainEqual(["systemctl", "restart", "app.service"]);
  expect(contentOf(exampleWorker, "/etc/infrastructure/container.json")).toContain(
    '"image": "ghcr.io/example/worker:1.4.2"',
  );
  const environment = contentOf(exampleWorker, "/etc/infrastructure/app.env");
  expect(environment).toContain(`DATABASE_DIRECT_URL=${exampleWorker.database!.writeUrl}\n`);
  expect(contentOf(exampleWorker, "/etc/infrastructure/database-ca.pem")).toContain("BEGIN CERTIFICATE");
});

test("a worker has no token of DigitalOcean's", () => {
  const paths = otherFiles(exampleWorker).map(({ path }) => path);
  expect(paths.filter((path) => path.endsWith(".token"))).toEqual(["/etc/infrastructure/readiness.token"]);
});

test("a cloud-config of one's own is a part that adds to ours", () => {
  const userData = otherUserData(exampleCache);
  expect(userData).toContain(
    "Content-Type: text/cloud-config\nMerge-Type: list(append)+dict(no_replace,recurse_list)+str()\n",
  );
  const { packages, runcmd, files } = parseUserData(userData);
  expect(packages).toContain("redis-server");
  expect(packages).toContain("python3");
  expect(runcmd.at(-1)).toEqual(["systemctl", "restart", "redis-server"]);
  expect(files.map(({ path }) => path)).toContain("/etc/cache.json");
});

test("a script of one's own arrives as it is, whatever Terraform would make of it", () => {
  const text = '#!/bin/sh\necho "${HOME:-%{x}}" é\n';
  const userData = otherUserData({ ...exampleCache, workload: { kind: "user-data", text } });
  expect(userData).toContain("Content-Type: text/x-shellscript\n");
  expect(documentsOf(userData).at(-1)).toBe(text);
});

test("what makes a node ready is what the workload says", () => {
  const status = (settings: OtherSettings) =>
    JSON.parse(String(contentOf(settings, "/etc/infrastructure/status.json")));
  expect(status(exampleWorker)).toEqual({
    units: [...endpointUnits, "app.service", "schedules.service", "schedule@cleanup.timer"],
    check: "http://127.0.0.1:8000/up",
    host: "www.example.com",
  });
  expect(status(exampleCache)).toEqual({ units: ["redis-server.service"], check: null, host: null });
});

test("a worker with a port of its own is asked there, and no other port leads to it", () => {
  const worker = { ...exampleWorker, workload: { ...exampleWorker.workload, port: 3000 } } as OtherSettings;
  expect(String(contentOf(worker, "/etc/infrastructure/status.json"))).toContain("http://127.0.0.1:3000/up");
  expect(contentOf(worker, "/etc/infrastructure/app.env")).toContain("\nPORT=3000\n");
  expect(otherFiles(worker).map(({ path }) => path)).not.toContain("/etc/infrastructure/app-port.nft");
});

test("fails for a workload that is none", () => {
  const problemsOf = (workload: unknown) => () => otherUserData({ ...exampleWorker, workload: workload as never });
  expect(problemsOf(null)).toThrow('workload: must be an object whose kind is "container" or "user-data", got null');
  expect(problemsOf({})).toThrow('workload.kind: is missing, must be "container" or "user-data"');
});

test("fails with all problems at once", () => {
  const wrong = { ...exampleWorker, database: undefined, workload: { ...exampleWorker.workload, image: "x", imag: 1 } };
  let error: unknown;
  try {
    otherUserData(wrong);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SettingsError);
  expect((error as SettingsError).problems.map(({ path }) => path)).toEqual([
    "workload.image",
    "workload.imag",
    "database",
  ]);
});
