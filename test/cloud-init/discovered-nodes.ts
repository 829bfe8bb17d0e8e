import type { ImageSandbox } from "./image-sandbox";

const program = `
import json, runpy, sys
discover_nodes = runpy.run_path("/usr/local/sbin/discover-nodes")
for entry in json.load(open("/etc/infrastructure/discovery.json"))["backends"]:
    nodes = json.loads(sys.argv[1])
    text = discover_nodes["render_backend"](entry, nodes, discover_nodes["name_servers"](entry, nodes, {}, set()))
    discover_nodes["write_text"]("/etc/haproxy/discovered/" + entry["backend"] + ".cfg", text)
`;

/** Droplets by id, with their addresses. */
type Nodes = Readonly<Record<string, string>>;

/**
 * Gives HAProxy the nodes that discover-nodes would have found, without the API: it writes the lists itself. `nodes`:
 * by the key of their tag.
 */
export async function writeDiscoveredNodes(
  sandbox: ImageSandbox,
  nodes: Readonly<Record<string, Nodes>>,
): Promise<void> {
  const keys = ["LOAD_BALANCER_TAG", "WEB_TAG", "APP_TAG", ...Object.keys(nodes)];
  const tags = Object.fromEntries(keys.map((key) => [key, key]));
  await sandbox.run(["python3", "-c", program, JSON.stringify(nodes)], tags);
}
