import { askedFiles } from "../../cloud-init/app/user-data";
import { ImageSandbox, type SandboxProcess } from "./image-sandbox";

/**
 * An app node as web nodes see it: an application on port 8000 of an address of its own, and what the node says of it.
 * `sandbox` is a web node's, which has node-status as every node has. With `version` and the files of the setting `canary`
 * in the sandbox, the node judges that version.
 */
export async function startAppNode(
  sandbox: ImageSandbox,
  address: string,
  application: readonly string[],
  version?: { readonly text: string; readonly seconds: number },
): Promise<SandboxProcess> {
  const directory = `/srv/app-node-${address}`;
  await sandbox.run(["ip", "address", "replace", `${address}/32`, "dev", "lo"]);
  await sandbox.write([
    ...askedFiles(),
    {
      path: `${directory}/status.json`,
      content: JSON.stringify({ units: [], check: `http://${address}:8000/healthz`, host: "www.example.com" }),
    },
    ...(version === undefined
      ? []
      : [
          {
            path: `${directory}/canary.json`,
            content: JSON.stringify({ durationSeconds: version.seconds, sharePercent: 10 }),
          },
          { path: `${directory}/user-data`, content: version.text },
        ]),
    { path: `${directory}/admitted`, content: "" },
    { path: `${directory}/disabled`, content: "" },
    { path: `${directory}/readiness.token`, content: "readiness-token-0123456789\n" },
  ]);
  sandbox.spawn(["python3", "/usr/local/sbin/node-status"], {
    PRIVATE_ADDRESS: address,
    NODE_STATUS_PORT: "8500",
    AGENT_CHECK_PORT: "8501",
    DROPLET_ID: address.split(".").at(-1)!,
    INFRASTRUCTURE_DIRECTORY: directory,
    DRAINING_FILE: drainingFile(address),
    ADMITTED_FILE: `${directory}/admitted`,
    CLOUD_INIT_DIRECTORY: directory,
    USER_DATA_FILE: `${directory}/user-data`,
    CANARY_FILE: `${directory}/verdict.json`,
  });
  return sandbox.spawn(application);
}

/** While it exists, the node says that it drains. */
export function drainingFile(address: string): string {
  return `/srv/app-node-${address}/draining`;
}
