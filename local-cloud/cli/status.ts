import type { CloudStatus } from "../control/cloud-status";
import { loopbackName } from "../platform/loopback-name";
import { LocalCloud } from "../client/local-cloud";
import { renderTable } from "../../programs/table";
import { UserError } from "../../programs/user-error";

/** `status`: 0 when a cloud runs, 3 when none does (as `systemctl status` has it). */
export async function status(json: boolean): Promise<number> {
  const cloud = await LocalCloud.tryFind();
  if (cloud === undefined) {
    if (!json) throw new UserError("no local cloud is running; start it with: ./run local");
    process.stdout.write(`${JSON.stringify({ running: false })}\n`);
    return 3;
  }
  const found = await cloud.control.status();
  process.stdout.write(
    json
      ? `${JSON.stringify({ running: true, port: cloud.port, certificateAuthority: cloud.directory.webAuthority, ...found })}\n`
      : `${renderStatus(found, cloud.port)}\n\n${renderApis(cloud.directory.webAuthority)}\n`,
  );
  return 0;
}

/** Where the vendors' APIs are, and whom their clients have to trust. */
export function renderApis(certificateAuthority: string): string {
  return `APIS\nhttps://api.digitalocean.com and https://api.cloudflare.com, for ./run local exec COMMAND
certificate authority: ${certificateAuthority}`;
}

/** What runs where, for people. */
export function renderStatus(status: CloudStatus, port: number | undefined): string {
  const holders = new Map(status.reservedIps.map(({ address, droplet }) => [droplet, address]));
  const droplets = renderTable(
    ["DROPLET", "ID", "STATUS", "CLOUD-INIT", "PUBLIC", "VPC", "TAGS", ""],
    status.droplets.map((droplet) => [
      droplet.name,
      String(droplet.id),
      droplet.status,
      droplet.detail === undefined ? droplet.cloudInit : `${droplet.cloudInit}: ${droplet.detail}`,
      droplet.publicAddress,
      droplet.privateAddress,
      droplet.tags.join(" "),
      holders.has(droplet.name) ? `holds ${holders.get(droplet.name)}` : "",
    ]),
  );
  const databases = renderTable(
    ["DATABASE NODE", "ROLE", "STATE", "PUBLIC", "VPC", ""],
    status.databases.map(({ node, role, power, running, publicAddress, privateAddress, lagBytes }) => [
      node,
      role,
      power === "on" ? (running ? "running" : "down") : power,
      publicAddress,
      privateAddress,
      lagBytes ? `${lagBytes} bytes behind` : "",
    ]),
  );
  const names = status.hostnames.map((name) => (port === undefined ? name : `https://${loopbackName(name)}:${port}/`));
  return [droplets, databases, ...(names.length > 0 ? [`SITE\n${names.join("\n")}`] : [])].join("\n\n");
}
