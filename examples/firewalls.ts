// Tags and firewalls for droplets that are made elsewhere, with a flow besides ours.
import { App } from "cdktf";
import { Firewalls, Stack, TierTags, Traffic } from "../modules";

const app = new App();
const stack = new Stack(app, "firewalls");
const traffic = new Traffic([{ from: "app", to: "198.51.100.25/32", protocol: "tcp", port: 587 }]);
new Firewalls(stack, "firewalls", {
  name: "shop",
  tags: new TierTags(stack, "tags", { name: "shop" }),
  vpc: { id: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.20.0.0/20" },
  reservedIp: "198.51.100.10",
  sshSources: ["192.0.2.0/24"],
  traffic,
});
app.synth();
