import type { WebInfrastructureProps } from "../../modules";
import { examplePem } from "../cloud-init/example-pem";
import { needsTerraform } from "../provider-bridge/needs-terraform";
import { SimulatedSite } from "./simulated-site";

jest.setTimeout(300_000);

const existing: WebInfrastructureProps["database"] = {
  writeUrl: "postgresql://shop:secret@db.example.com:25060/shop",
  authority: examplePem.certificate,
};

needsTerraform("a database that the settings leave out", () => {
  afterEach(() => delete process.env.DELETION_PROTECTION);

  test("is destroyed only by who lifts the protection", async () => {
    await using site = await SimulatedSite.start();
    await site.apply();
    const clusters = async () => (await site.cloud.digitalOcean("GET", "/v2/databases")).databases.length;
    await site.configure({ database: existing });
    const refused = await site.project.run("apply", "-auto-approve");
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(
      /terraform_data\.site_guard-of-own-database_\w+ has\s+lifecycle.prevent_destroy set/,
    );
    expect(await clusters()).toBe(1);
    process.env.DELETION_PROTECTION = "off";
    await site.configure({ database: existing });
    await site.apply();
    expect(await clusters()).toBe(0);
  });

  test("is destroyed for a restored one only when that serves already", async () => {
    await using site = await SimulatedSite.start();
    await site.apply();
    const clusters = async () =>
      (await site.cloud.digitalOcean("GET", "/v2/databases")).databases.map(({ name }: any) => name);
    const serving = { at: new Date().toISOString().replace(/\.\d+Z$/, "Z"), serve: true };
    await site.configure({ restoredDatabase: { ...serving, keepOriginal: false } });
    const refused = await site.project.run("apply", "-auto-approve");
    expect(refused.output).toMatch(
      /terraform_data\.site_guard-of-restored-database_\w+ has\s+lifecycle.prevent_destroy set/,
    );
    expect(await clusters()).toEqual(["www-example-com-postgres"]);
    await site.configure({ restoredDatabase: serving });
    await site.apply();
    await site.configure({ restoredDatabase: { ...serving, keepOriginal: false } });
    await site.apply();
    expect(await clusters()).toEqual(["www-example-com-restored-postgres"]);
  });

  test("is no obstacle on the way from an existing one to one of the site's own", async () => {
    await using site = await SimulatedSite.start({ database: existing });
    await site.apply();
    await site.configure({});
    await site.apply();
    expect((await site.cloud.digitalOcean("GET", "/v2/databases")).databases).toHaveLength(1);
  });
});
