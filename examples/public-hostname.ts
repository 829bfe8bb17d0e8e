// A name at Cloudflare for an address that exists, with the certificates for a load balancer of one's own.
import { App, TerraformOutput } from "cdktf";
import { PublicHostname, Stack } from "../modules";

const app = new App();
const stack = new Stack(app, "name");
const name = new PublicHostname(stack, "name", {
  hostname: "www.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  reservedIp: "198.51.100.10",
});
new TerraformOutput(stack, "certificate", { value: name.certificate });
new TerraformOutput(stack, "private_key", { value: name.privateKey, sensitive: true });
new TerraformOutput(stack, "client_authorities", { value: name.clientAuthorities });
app.synth();
