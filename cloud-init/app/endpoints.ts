import type { HostFile } from "../host-file";
import { ports } from "../ports";
import { readPart } from "./parts";

/** Units of a node with database endpoints, in the order of their start. */
export const endpointUnits = [
  "follow-database.service",
  ...["write", "read-1", "read-2", "read-3", "read-4"].map((name) => `database-endpoint@${name}.service`),
];

/** Packages of a node with database endpoints. */
export const endpointPackages = ["pgbouncer", "python3-psycopg"];

export function endpointFiles({ poolSize }: { poolSize: number }): HostFile[] {
  return readPart("endpoints", {
    WRITE_PORT: String(ports.databaseWrite),
    READ_PORT: String(ports.databaseRead),
    POOL_MODE: "session",
    POOL_SIZE: String(poolSize),
    MAXIMUM_LAG_SECONDS: "10",
    CLUSTER_ID: "",
    DATABASE_TOKEN: "",
    DATABASE_READ_URL: "",
  });
}
