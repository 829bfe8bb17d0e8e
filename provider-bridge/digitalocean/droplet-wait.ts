import { pauses, waitForState, type Deadline } from "../plugin/deadline";
import type { DigitalOceanClient } from "./client";
import { dropletState, getDroplet, type Droplet } from "./droplet-state";

export interface DropletWait {
  /** `active`, `off`, the new name, `true`, `false` */
  readonly target: string;
  readonly pending: readonly string[];
  readonly attribute: "status" | "name" | "locked" | "ipv6";
  /** @default the time limit of the operation */
  readonly limitSeconds?: number;
}

/**
 * Looks at a droplet until an attribute has the wanted value. While the droplet is locked its state counts as not
 * known: no action would be accepted.
 */
export async function waitForDroplet(
  client: DigitalOceanClient,
  id: string,
  { attribute, ...wait }: DropletWait,
  deadline: Deadline,
): Promise<Droplet> {
  let droplet: Droplet | undefined;
  const look = async (): Promise<string | undefined> => {
    droplet = await getDroplet(client, id);
    return droplet.locked ? undefined : String(dropletState(droplet)[attribute]);
  };
  await waitForState({ ...wait, look }, deadline);
  return droplet as unknown as Droplet;
}

export interface Action {
  readonly id: number;
  readonly status: string;
  readonly completed_at?: string | null;
}

/** Looks at an action until it has completed. */
export async function waitForAction(client: DigitalOceanClient, action: Action, deadline: Deadline): Promise<void> {
  for (const pause of pauses()) {
    await deadline.sleep(pause);
    const answer = await client.get<{ action: Action }>(`/v2/actions/${action.id}`);
    if (answer.action.status === "errored") throw new Error(`action ${action.id}: errored`);
    if (answer.action.completed_at) return;
  }
}
