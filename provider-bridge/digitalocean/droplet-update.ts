import { Fields } from "../plugin/fields";
import type { UpdateCall } from "../plugin/provider";
import type { Values } from "../plugin/values";
import { prefixed, saying, type DigitalOceanClient } from "./client";
import { backupPolicyBody } from "./backup-policy";
import { waitForAction, waitForDroplet, type Action, type DropletWait } from "./droplet-wait";
import { dropletState, getDroplet } from "./droplet-state";
import { changeTags } from "./tag-set";

type Update = UpdateCall<DigitalOceanClient>;

/** Changes a droplet in place, one thing after the other, in the order of the real provider. */
export async function updateDroplet(call: Update): Promise<Values> {
  if (call.changed("size")) await resize(call);
  if (call.changed("name")) await rename(call);
  if (call.changed("backups")) await switchBackups(call);
  if (call.changed("backup_policy")) await changeBackupPolicy(call);
  if (call.changed("ipv6") && call.planned.ipv6 === true) await enableIpv6(call);
  if (call.changed("tags")) await retag(call);
  return dropletState(await getDroplet(call.client, String(call.prior.id)));
}

/** Powers the droplet off, resizes it, and powers it on again, also if the size is refused. */
async function resize(call: Update): Promise<void> {
  const id = String(call.prior.id);
  await powerOff(call);
  const { size, resize_disk: disk } = call.planned;
  try {
    const action = await act(call, { disk, size, type: "resize" });
    await waitForAction(call.client, action, call.deadline);
  } catch (error) {
    await saying(`Error powering on droplet (${id}) after failed resize:`, powerOn(call));
    throw prefixed(`Error resizing droplet (${id}):`, error);
  }
  await saying(`Error powering on droplet (${id}) after resize:`, powerOn(call));
}

async function powerOff(call: Update): Promise<void> {
  const id = String(call.prior.id);
  await saying(
    `Error powering off droplet (${id}):`,
    act(call, { type: "power_off" }).catch((error) => {
      if (!String(error).includes("Droplet is already powered off")) throw error;
    }),
  );
  const wait = waitFor(call, { target: "off", pending: ["active"], attribute: "status" });
  await saying(`Error waiting for droplet (${id}) to become powered off:`, wait);
}

async function powerOn(call: Update): Promise<void> {
  await act(call, { type: "power_on" });
  await waitFor(call, { target: "active", pending: ["off"], attribute: "status" });
}

async function rename(call: Update): Promise<void> {
  const id = String(call.prior.id);
  const name = String(call.planned.name);
  await saying(`Error renaming droplet (${id}):`, act(call, { name, type: "rename" }));
  const wait = waitFor(call, { target: name, pending: ["", String(call.prior.name)], attribute: "name" });
  await saying(`Error waiting for rename droplet (${id}) to finish:`, wait);
}

async function switchBackups(call: Update): Promise<void> {
  const id = String(call.prior.id);
  const on = call.planned.backups === true;
  const policy = backupPolicyBody(new Fields(call.planned));
  const body = on ? { type: "enable_backups", backup_policy: policy } : { type: "disable_backups" };
  const action = await saying(`Error ${on ? "enabling" : "disabling"} backups on droplet (${id}):`, act(call, body));
  await waitForAction(call.client, action, call.deadline);
}

async function changeBackupPolicy(call: Update): Promise<void> {
  const policy = backupPolicyBody(new Fields(call.planned));
  if (!policy) return;
  const body = { type: "change_backup_policy", backup_policy: policy };
  const action = await saying(`error changing backup policy on droplet (${call.prior.id}):`, act(call, body));
  await waitForAction(call.client, action, call.deadline);
}

async function enableIpv6(call: Update): Promise<void> {
  const id = String(call.prior.id);
  await saying(`Error turning on ipv6 for droplet (${id}):`, act(call, { type: "enable_ipv6" }));
  const wait = waitFor(call, { target: "true", pending: ["", "false"], attribute: "ipv6" });
  await saying(`Error waiting for ipv6 to be turned on for droplet (${id}):`, wait);
  call.warn("Enabling IPv6 requires additional OS-level configuration", "");
}

async function retag(call: Update): Promise<void> {
  const droplet = { id: String(call.prior.id), type: "droplet" } as const;
  const before = new Fields(call.prior).strings("tags");
  const after = new Fields(call.planned).strings("tags");
  await saying("Error updating tags:", changeTags(call.client, droplet, before, after));
}

async function act(call: Update, body: object): Promise<Action> {
  const path = `/v2/droplets/${call.prior.id}/actions`;
  return (await call.client.post<{ action: Action }>(path, body)).action;
}

async function waitFor(call: Update, wait: DropletWait): Promise<void> {
  await waitForDroplet(call.client, String(call.prior.id), wait, call.deadline);
}
