import type { WebInfrastructureProps } from "../../modules";
import { documentsOf } from "../cloud-init/parse-user-data";
import { synthesizeSite } from "./synthesized";

const limitOf = (tf: ReturnType<typeof synthesizeSite>, tier: string): string =>
  tf.resource(`terraform_data.site_${tier}_1_gate`).provisioner[0]["local-exec"].environment.LIMIT_SECONDS;
const unitsOf = (tf: ReturnType<typeof synthesizeSite>): string =>
  documentsOf(tf.section("locals")["site_web_user-data"])[0]!;
const rulesInto = (tf: ReturnType<typeof synthesizeSite>, port: string) =>
  tf
    .resource("digitalocean_firewall.site_firewalls_app")
    .inbound_rule.filter((rule: { port_range?: string }) => rule.port_range === port)
    .flatMap((rule: { source_tags?: string[] }) => rule.source_tags ?? []);

describe("the setting app.canary", () => {
  test("lets web nodes tell app nodes how they answer, and gives these the time", () => {
    const tf = synthesizeSite({ app: { canary: { durationSeconds: 90 } } });
    expect(limitOf(tf, "app")).toBe("690");
    expect(limitOf(tf, "web")).toBe("600");
    expect(unitsOf(tf)).toContain("report-answers.service");
    expect(rulesInto(tf, "8500")).toHaveLength(2);
  });

  test.each<Partial<WebInfrastructureProps>>([{ app: { canary: false } }, { app: {} }])(
    "changes nothing with %j",
    (props) => {
      const tf = synthesizeSite(props);
      expect(tf.text).toBe(synthesizeSite().text);
      expect(limitOf(tf, "app")).toBe("600");
      expect(unitsOf(tf)).not.toContain("report-answers");
      expect(rulesInto(tf, "8500")).toHaveLength(1);
    },
  );
});
