import type { Problem } from "../cloud-init/problems";
import { type AppTierSettings, appTierDefaults } from "./app-tier";
import { type PostgresSettings, postgresDefaults } from "./postgres-cluster";
import { poolCapacity } from "./sizes-and-prices";
import { withDefaults } from "./with-defaults";

/** Of each node, that of the program which asks the primary how it is. */
const ownConnections = 1;

/**
 * Whether the plan of the database has the connections that the app nodes may take: in a roll-out old and new nodes run
 * side by side. Groups that are right in themselves.
 */
export function checkConnections(path: string, app: AppTierSettings, database: PostgresSettings): Problem[] {
  const { nodes, databaseConnections } = withDefaults(appTierDefaults, app);
  const { size } = withDefaults(postgresDefaults, database);
  const capacity = poolCapacity(size);
  if (databaseConnections === undefined || capacity === undefined) return [];
  const needed = 2 * nodes * (databaseConnections + ownConnections);
  if (needed <= capacity) return [];
  const sum = `2 × ${nodes} nodes × (${databaseConnections} + ${ownConnections} of the node itself) in a roll-out are ${needed}`;
  const message = `${sum}, and "${size}" has ${capacity}: lower it, or choose a larger database.size`;
  return [{ path, message }];
}
