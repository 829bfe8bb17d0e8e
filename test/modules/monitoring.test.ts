import { synthesizeSite } from "./synthesized";

const tf = synthesizeSite({ alerts: { emails: ["ops@example.com", "boss@example.com"] } });
const email = ["ops@example.com", "boss@example.com"];

test("processor, memory and disk of each tier and of the database are watched", () => {
  const alerts = Object.values(tf.resources("digitalocean_monitor_alert"));
  const lines = alerts.map(({ type, compare, value, window, tags, entities }) =>
    [type, compare, value, window, ...(tags ?? entities)].join(" "),
  );
  const droplets = ["load-balancer", "web", "app"].flatMap((tier) => [
    `v1/insights/droplet/cpu GreaterThan 80 10m \${digitalocean_tag.site_tags_${tier}.name}`,
    `v1/insights/droplet/memory_utilization_percent GreaterThan 90 10m \${digitalocean_tag.site_tags_${tier}.name}`,
    `v1/insights/droplet/disk_utilization_percent GreaterThan 80 30m \${digitalocean_tag.site_tags_${tier}.name}`,
  ]);
  expect(new Set(lines)).toEqual(
    new Set([
      ...droplets,
      "v1/dbaas/alerts/cpu_alerts GreaterThan 80 10m ${digitalocean_database_cluster.site_database.id}",
      "v1/dbaas/alerts/memory_utilization_alerts GreaterThan 90 10m ${digitalocean_database_cluster.site_database.id}",
      "v1/dbaas/alerts/disk_utilization_alerts GreaterThan 80 30m ${digitalocean_database_cluster.site_database.id}",
    ]),
  );
  expect(alerts.map(({ alerts }) => alerts)).toEqual(alerts.map(() => ({ email })));
});

test("descriptions say whose alert it is", () => {
  const { description } = tf.resource("digitalocean_monitor_alert.site_monitoring_web_cpu");
  expect(description).toBe("www-example-com web: CPU over 80 % for 10m");
});

test("the public name is asked from four regions", () => {
  expect(tf.resources("digitalocean_uptime_check")).toEqual({
    site_monitoring_uptime: {
      name: "www-example-com",
      target: "https://www.example.com/",
      type: "https",
      regions: ["eu_west", "us_east", "us_west", "se_asia"],
      enabled: true,
    },
  });
});

test("a site that is down, slow, or about to lose its certificate is told", () => {
  const alerts = Object.values(tf.resources("digitalocean_uptime_alert"));
  const check = "${digitalocean_uptime_check.site_monitoring_uptime.id}";
  const lines = alerts.map(({ type, comparison, threshold, period }) =>
    [type, comparison, threshold, period].join(" "),
  );
  expect(new Set(lines)).toEqual(
    new Set(["down_global less_than 1 2m", "latency greater_than 2000 5m", "ssl_expiry less_than 14 1h"]),
  );
  for (const alert of alerts) expect(alert).toMatchObject({ check_id: check, notifications: [{ email }] });
});

test("limits and Slack channels are those of the settings", () => {
  const url = "https://hooks.slack.com/services/T0/B0/x";
  const other = synthesizeSite({
    alerts: {
      slack: [{ channel: "#ops", url }],
      nodes: { cpuPercent: 40, memoryPercent: undefined },
      database: { diskPercent: 60 },
      site: { downMinutes: 60, slowSeconds: 5 },
    },
  });
  const limits = (name: string) => {
    const { value, description, alerts } = other.resource(`digitalocean_monitor_alert.site_monitoring_${name}`);
    return [value, description, alerts];
  };
  const alerts = { slack: [{ channel: "#ops", url }] };
  expect(limits("web_cpu")).toEqual([40, "www-example-com web: CPU over 40 % for 10m", alerts]);
  expect(limits("web_memory")[0]).toBe(90);
  expect(limits("database_cpu")[0]).toBe(80);
  expect(limits("database_disk")).toEqual([60, "www-example-com database: disk over 60 % for 30m", alerts]);
  const lines = Object.values(other.resources("digitalocean_uptime_alert")).map(
    ({ threshold, period, notifications }) => [...[threshold, period, notifications]],
  );
  expect(new Set(lines)).toEqual(
    new Set([
      [1, "1h", [alerts]],
      [5000, "5m", [alerts]],
      [14, "1h", [alerts]],
    ]),
  );
});

test("without addresses the account's own gets the alerts", () => {
  const { alerts } = synthesizeSite().resource("digitalocean_monitor_alert.site_monitoring_app_disk");
  expect(alerts).toEqual({ email: ["${data.digitalocean_account.site_monitoring_account.email}"] });
});
