import { readFileSync } from "node:fs";
import path from "node:path";
import { changedProps } from "../../../examples/end-to-end/changed-props";
import { secondSite } from "../../../rehearsal/drill/second-site";
import { exampleSite, zoneId } from "../../modules/synthesized";
import { needsTerraform } from "../../provider-bridge/needs-terraform";
import { SimulatedSite } from "../../modules/simulated-site";

jest.setTimeout(300_000);

const second = changedProps(exampleSite, secondSite(new Date().toISOString().replace(/\.\d+Z$/, "Z")));
const records = `/zones/${zoneId}/dns_records?name=${exampleSite.hostname}`;

needsTerraform("a second site in another region", () => {
  afterEach(() => delete process.env.DELETION_PROTECTION);

  test("is made beside what is left of the first one, and stays what it is when that is destroyed", async () => {
    await using first = await SimulatedSite.start();
    await first.apply();
    const { cloud, project } = first;
    const [record] = (await cloud.cloudflare("GET", records)).result;
    await cloud.cloudflare("DELETE", `/zones/${zoneId}/dns_records/${record.id}`);

    // The clouds are taken away with the first.
    const site = await SimulatedSite.startIn(cloud, second);
    await using _ = site.project;
    await site.apply();
    const seen = async () => ({
      records: (await cloud.cloudflare("GET", records)).result,
      certificates: (await cloud.cloudflare("GET", `/zones/${zoneId}/origin_tls_client_auth`)).result.at(-1),
      changes: await site.project.plannedActions(),
    });
    const before = await seen();
    expect(before.records).toHaveLength(1);
    expect(before.records[0].content).not.toBe(record.content);
    expect(before.changes).toEqual({});

    process.env.DELETION_PROTECTION = "off";
    await first.configure({});
    await project.succeed("destroy", "-auto-approve");
    expect(await seen()).toEqual(before);
    const { databases } = await cloud.digitalOcean("GET", "/v2/databases");
    expect(databases.map(({ name, region }: any) => [name, region])).toEqual([
      ["www-example-com-ams3-postgres", "ams3"],
    ]);
  });
});

test("the page that says how names the settings that the drill uses", () => {
  const page = readFileSync(path.resolve(__dirname, "../../../docs/region-lost.md"), "utf8");
  const { name, region, ...settings } = secondSite("2026-01-31T19:25:22Z") as any;
  expect(page).toContain(`name: "${name}"`);
  expect(page).toContain(`region: "${region}"`);
  expect(page).toContain(`ipRange: "${settings["network.ipRange"]}"`);
  const { cluster, at } = settings["database.restoreFrom"];
  expect(page).toContain(`restoreFrom: { cluster: "${cluster}", at: "${at}" }`);
});
