import { NotReadable, UnknownToken, readApi } from "../accounts/read-api";
import type { JsonPlan } from "../plan-explanation/json-plan";
import type { Findings, Obstacle } from "./obstacle";

interface NodeToken {
  /** The `Stack`'s variable. */
  readonly variable: string;
  readonly path: string;
  /** What reading that takes. */
  readonly scope: string;
  readonly without: string;
}

/** Only what can be read before anything exists: whether a token may change something shows when a node does. */
const TOKENS: readonly NodeToken[] = [
  {
    variable: "failover_token",
    path: "/v2/reserved_ips",
    scope: "reserved_ip:read",
    without: "Load balancers could not move the reserved IP.",
  },
  {
    variable: "discovery_token",
    path: "/v2/droplets",
    scope: "droplet:read",
    without: "Load balancers and web nodes would find no other nodes.",
  },
  {
    variable: "database_token",
    path: "/v2/databases",
    scope: "database:read",
    without: "App nodes would not learn which servers the database has, and read from the primary alone.",
  },
];

/** Whether DigitalOcean takes the tokens that nodes are told; `url`: where its API is. */
export async function findTokenObstacles({ variables = {} }: JsonPlan, url: string): Promise<Findings> {
  const obstacles: Obstacle[] = [];
  const unread: string[] = [];
  for (const { variable, path, scope, without } of TOKENS) {
    const token = variables[variable]?.value;
    // A stack of another kind has no such variable.
    if (typeof token !== "string") continue;
    const name = `TF_VAR_${variable}`;
    const remedy = `${without} Make a token with the scopes that the README has for it, ${scope} among them.`;
    try {
      await readApi({ url, token }, `${path}?per_page=1`, name);
    } catch (error) {
      if (error instanceof UnknownToken) obstacles.push({ what: `DigitalOcean does not know ${name}`, remedy });
      else if (!(error instanceof NotReadable)) throw error;
      else if (error.status === 403) obstacles.push({ what: `${name} may not read ${path}`, remedy });
      else unread.push(`${name}, because of ${error.message}`);
    }
  }
  return { obstacles, unread };
}
