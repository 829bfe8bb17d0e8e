/**
 * Changes the configuration of a cluster, as an operator does with the API: Terraform's provider does not know
 * `synchronous_replication`.
 *
 * usage: configure-cluster.ts CLUSTER JSON
 */
import { findCluster, patchConfiguration } from "./account-clusters";

const [name, json] = process.argv.slice(2);
if (name === undefined || json === undefined) throw new Error("usage: configure-cluster.ts CLUSTER JSON");

findCluster(name)
  .then((cluster) => patchConfiguration(cluster, JSON.parse(json) as object))
  .catch((error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  });
