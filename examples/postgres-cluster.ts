// A database alone, for droplets that somebody else has made and tagged.
import { App, TerraformOutput } from "cdktf";
import { Network, PostgresCluster, Stack } from "../modules";

const app = new App();
const stack = new Stack(app, "database");
const { vpc } = new Network(stack, "network", { name: "shop", region: "fra1" });
const database = new PostgresCluster(stack, "database", {
  name: "shop",
  region: "fra1",
  vpc,
  clientTags: ["reporting"],
  readReplicas: 1,
});
new TerraformOutput(stack, "write_url", { value: database.writeUrl, sensitive: true });
new TerraformOutput(stack, "read_url", { value: database.readUrl, sensitive: true });
app.synth();
