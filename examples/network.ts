// A network, and a public address that outlives the droplets in it.
import { App, TerraformOutput } from "cdktf";
import { Network, ReservedAddress, Stack } from "../modules";

const app = new App();
const stack = new Stack(app, "network");
const { vpc } = new Network(stack, "network", { name: "shop", region: "fra1", ipRange: "10.20.0.0/20" });
const { reservedIp } = new ReservedAddress(stack, "address", { region: "fra1" });
new TerraformOutput(stack, "vpc", { value: vpc.id });
new TerraformOutput(stack, "address_for_visitors", { value: reservedIp.ipAddress });
app.synth();
