// A database without droplets, for tests and benchmarks that write to it from where the operator is. DATABASE_SETTINGS
// (JSON) goes in the place of its own settings: {"readReplicas": 2}.
import { Tag } from "@cdktf/provider-digitalocean/lib/tag";
import { App } from "cdktf";
import { Network, PostgresCluster, Stack } from "../../modules";

const app = new App();
const stack = new Stack(app, "database");
const { vpc } = new Network(stack, "network", { name: "ledger", region: "fra1" });
const clients = new Tag(stack, "clients", { name: "ledger" });
new PostgresCluster(stack, "database", {
  name: "ledger",
  region: "fra1",
  vpc,
  clientTags: [clients.name],
  readReplicas: 1,
  trustedSources: ["192.0.2.2/32"],
  ...(JSON.parse(process.env.DATABASE_SETTINGS ?? "{}") as object),
});
app.synth();
