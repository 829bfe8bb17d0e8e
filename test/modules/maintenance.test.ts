import { SettingsError } from "../../modules";
import { maintenanceTags } from "../../modules/maintenance";
import { synthesizeSite } from "./synthesized";

const tagOf = (tf: ReturnType<typeof synthesizeSite>, tier: string, id = 1): string[] =>
  tf.resource(`digitalocean_droplet.site_${tier}_${id}`).tags;
const targetOf = (tf: ReturnType<typeof synthesizeSite>): string =>
  tf.resource("digitalocean_uptime_check.site_monitoring_uptime").target;

describe("maintenance", () => {
  test("is in tags of the load balancers and in what the uptime check asks, and in nothing else that exists", () => {
    const without = synthesizeSite();
    const during = synthesizeSite({ maintenance: { allow: ["203.0.113.0/24", "2001:DB8::/32"] } });
    const own = ["maintenance", "maintenance:203-0-113-0_24", "maintenance:2001:db8::_32"];
    for (const id of [1, 2])
      expect(tagOf(during, "load-balancer", id)).toEqual([...tagOf(without, "load-balancer", id), ...own]);
    expect(targetOf(during)).toBe("https://www.example.com/.well-known/infrastructure/health");
    const rest = (tf: typeof during) =>
      JSON.stringify(JSON.parse(tf.text).resource)
        .replaceAll(`,${own.map((tag) => JSON.stringify(tag)).join()}`, "")
        .replace(targetOf(tf), "");
    expect(rest(during)).toBe(rest(without));
    expect(during.section("output").site_maintenance.value).toEqual({ allow: ["203.0.113.0/24", "2001:DB8::/32"] });
  });

  test("is off without the setting and with false", () => {
    expect(synthesizeSite({ maintenance: false }).text).toBe(synthesizeSite().text);
    expect(maintenanceTags({})).toEqual(["maintenance"]);
  });

  test.each([
    [{ maintenance: { allow: ["203.0.113.9"] } }, "maintenance.allow[0]: must be a network such as 10.10.0.0/24"],
    [{ maintenance: { allowed: [] } as object }, "maintenance.allowed: is no setting, must be one of allow"],
    [
      { maintenance: { allow: Array.from({ length: 21 }, (_, index) => `203.0.113.${index}/32`) } },
      "maintenance.allow: must hold at most 20 networks, got 21",
    ],
    [{ maintenance: true as unknown as false }, "maintenance: must be an object with settings, got true"],
    [{ tags: ["maintenance:on"] }, 'tags[0]: must not turn maintenance on, got "maintenance:on"'],
  ])("fails with %j", (props, message) => {
    expect(() => synthesizeSite(props)).toThrow(SettingsError);
    expect(() => synthesizeSite(props)).toThrow(message);
  });
});
