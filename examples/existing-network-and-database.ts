// A site in a network and with a database that are there already: by data sources, ids, or what another stack has made.
import { DataDigitaloceanDatabaseCa } from "@cdktf/provider-digitalocean/lib/data-digitalocean-database-ca";
import { DataDigitaloceanDatabaseCluster } from "@cdktf/provider-digitalocean/lib/data-digitalocean-database-cluster";
import { DataDigitaloceanVpc } from "@cdktf/provider-digitalocean/lib/data-digitalocean-vpc";
import { App, TerraformVariable } from "cdktf";
import { Stack, WebInfrastructure } from "../modules";

const app = new App();
const stack = new Stack(app, "shop");
const vpc = new DataDigitaloceanVpc(stack, "vpc", { name: "company" });
const cluster = new DataDigitaloceanDatabaseCluster(stack, "cluster", { name: "company-postgres" });
const { certificate } = new DataDigitaloceanDatabaseCa(stack, "ca", { clusterId: cluster.id });
const url = (name: string) => new TerraformVariable(stack, name, { type: "string", sensitive: true }).stringValue;

new WebInfrastructure(stack, "site", {
  hostname: "shop.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  region: "ams3",
  network: { vpc },
  // Its trusted sources have to have the tag "shop-example-com-app".
  database: {
    writeUrl: url("database_write_url"),
    readUrl: url("database_read_url"),
    authority: certificate,
    clusterId: cluster.id,
  },
  project: "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679",
  tags: ["team:shop"],
});

app.synth();
