import type { ImageSandbox } from "./image-sandbox";

const ASK = `
import sys
sys.path.insert(0, "/usr/local/lib/infrastructure")
from haproxy_servers import RunningHaproxy
print(RunningHaproxy("/run/haproxy/admin.sock").ask(sys.argv[1]))
`;

/** What the HAProxy of a node answers to a command, as the node's own programs hear it. */
export function askHaproxy(sandbox: ImageSandbox, command: string): Promise<string> {
  return sandbox.run(["python3", "-c", ASK, command]);
}

/** Its statistics of all servers, a record each, by the names of the columns. */
export async function serverStatistics(sandbox: ImageSandbox): Promise<Readonly<Record<string, string>>[]> {
  const [columns = [], ...rows] = (await askHaproxy(sandbox, "show stat -1 4 -1"))
    .split("\n")
    .map((row) => row.split(","));
  return rows.map((row) =>
    Object.fromEntries(columns.map((name, index) => [name.replace(/^# /, ""), row[index] ?? ""])),
  );
}
