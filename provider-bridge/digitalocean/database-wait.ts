import { pauses, type Deadline } from "../plugin/deadline";
import type { DigitalOceanClient } from "./client";

interface Status {
  readonly status: string;
}

export interface DatabaseWait {
  readonly path: string;
  /** Where the object is in the answer, `database` or `replica`; also its name in errors. */
  readonly key: string;
  readonly title: string;
  readonly limitSeconds: number;
}

/** Looks at a cluster or a replica until it is online. A 404 in between is taken for "not yet". */
export async function waitUntilOnline(
  client: DigitalOceanClient,
  { path, key, title, limitSeconds }: DatabaseWait,
  deadline: Deadline,
): Promise<void> {
  const endsAt = Date.now() + limitSeconds * 1000;
  for (const pause of pauses()) {
    await deadline.sleep(pause);
    const answer = await client.tryGet<Record<string, Status>>(path).catch((error) => {
      throw new Error(`Error trying to read ${title} state: ${error.message}`);
    });
    if (answer?.[key]?.status === "online") return;
    if (Date.now() > endsAt) throw new Error(`Timeout waiting to ${title} to become online`);
  }
}

/** Looks at the cluster at `path` until it is online. */
export function waitForCluster(
  client: DigitalOceanClient,
  path: string,
  limitSeconds: number,
  deadline: Deadline,
): Promise<void> {
  return waitUntilOnline(client, { path, key: "database", title: "database cluster", limitSeconds }, deadline);
}
