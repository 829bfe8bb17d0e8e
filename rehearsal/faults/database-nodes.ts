import type { LocalCloud } from "../../local-cloud/client/local-cloud";

/** Which nodes of the site's database a step is about, as they were when the fault was made. */
export type DatabaseRole = "primary" | "standby" | "replica" | "replicas";

/** The nodes of the site's database, by name. */
export interface DatabaseNodes {
  readonly primary: string;
  readonly standby: string | undefined;
  readonly replicas: readonly string[];
}

/** Of the first cluster that was made: others are copies of it. */
export async function findDatabaseNodes(control: Pick<LocalCloud["control"], "status">): Promise<DatabaseNodes> {
  const { databases } = await control.status();
  const primary = databases.find(({ role }) => role === "primary");
  if (primary === undefined) throw new Error("fault: needs a database, there is none");
  const inCluster = databases.filter(({ cluster }) => cluster === primary.cluster);
  return {
    primary: primary.node,
    standby: inCluster.find(({ role }) => role === "standby")?.node,
    replicas: databases.filter(({ role }) => role === "replica").map(({ node }) => node),
  };
}

/** The nodes that have a role; throws when there is none. */
export function nodesOf(role: DatabaseRole, { primary, standby, replicas }: DatabaseNodes): readonly string[] {
  const nodes = { primary: [primary], standby: [standby], replica: replicas.slice(0, 1), replicas }[role];
  const known = nodes.filter((node) => node !== undefined);
  if (known.length === 0) throw new Error(`fault: needs a ${role.replace(/s$/, "")} of the database, there is none`);
  return known;
}
