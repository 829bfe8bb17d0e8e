// Alerts for droplets that carry the tags of the tiers, and for a database.
import { App } from "cdktf";
import { Monitoring, Stack, TierTags } from "../modules";

const app = new App();
const stack = new Stack(app, "monitoring");
new Monitoring(stack, "monitoring", {
  name: "shop",
  hostname: "www.example.com",
  tags: new TierTags(stack, "tags", { name: "shop" }),
  databaseClusterId: "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30",
  emails: ["ops@example.com"],
});
app.synth();
