const CONNECTIONS_PER_GIB = 25;
const KEPT_CONNECTIONS = 3;

/** `max_connections` of a database server, and how many of them its users never get. */
export interface ConnectionLimits {
  readonly max: number;
  readonly reserved: number;
}

/** How many connections the users of a plan get, pools among them: 25 for each GiB of memory, less three. */
export function userConnections(memoryMiB: number): number {
  return Math.floor((memoryMiB / 1024) * CONNECTIONS_PER_GIB) - KEPT_CONNECTIONS;
}

/**
 * The limits of a server. PostgreSQL lets no server follow one that has more `max_connections`: a replica that is smaller
 * than its primary has as many as that one, and keeps more of them from its users.
 */
export function connectionLimits(memoryMiB: number, primaryMemoryMiB = memoryMiB): ConnectionLimits {
  const max = Math.max(userConnections(memoryMiB), userConnections(primaryMemoryMiB)) + KEPT_CONNECTIONS;
  return { max, reserved: max - userConnections(memoryMiB) };
}
