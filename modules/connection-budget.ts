import type { Problem } from "../cloud-init/problems";
import { type AppTierSettings, appTierDefaults } from "./app-tier";
import { type PostgresSettings, postgresDefaults } from "./postgres-cluster";
import { poolCapacity } from "./sizes-and-prices";
import { withDefaults } from "./with-defaults";

/**
 * Whether the plan of the database has the connections that the app nodes say they take: in a roll-out old and new nodes
 * run side by side, and the pool on the primary has its own. Groups that are right in themselves.
 */
export function checkConnections(path: string, app: AppTierSettings, database: PostgresSettings): Problem[] {
  const { nodes, databaseConnections } = withDefaults(appTierDefaults, app);
  const { size, poolSize, poolMode } = withDefaults(postgresDefaults, database);
  const capacity = poolCapacity(size);
  // Through a pool in session mode, who comes when all are taken waits.
  if (databaseConnections === undefined || capacity === undefined || poolMode === "session") return [];
  const needed = 2 * nodes * databaseConnections + poolSize;
  if (needed <= capacity) return [];
  const sum = `2 × ${nodes} nodes × ${databaseConnections} in a roll-out and ${poolSize} of the pool are ${needed}`;
  const message = `${sum}, and "${size}" has ${capacity}: lower it or database.poolSize, or choose a larger database.size`;
  return [{ path, message }];
}
