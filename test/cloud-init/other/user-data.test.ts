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
  expect(contentOf(exampleWorker, "/etc/containers/systemd/app.container")).toContain(
    "Image=ghcr.io/example/worker:1.4.2\n",
  );
  const environment = contentOf(exampleWorker, "/etc/infrastructure/app.env");
  expect(environment).toContain(`DATABASE_WRITE_URL=${exampleWorker.database!.writeUrl}\n`);
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
  expect(files.map(({ path }) => path)).toContain("/etc/infrastructure/cache.json");
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
  expect(status(exampleWorker)).toEqual({ units: ["app.service"], check: "http://127.0.0.1:8000/up" });
  expect(status(exampleCache)).toEqual({ units: ["redis-server.service"], check: null });
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
