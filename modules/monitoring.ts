import { DataDigitaloceanAccount } from "@cdktf/provider-digitalocean/lib/data-digitalocean-account";
import { MonitorAlert } from "@cdktf/provider-digitalocean/lib/monitor-alert";
import { UptimeAlert, type UptimeAlertConfig } from "@cdktf/provider-digitalocean/lib/uptime-alert";
import { UptimeCheck } from "@cdktf/provider-digitalocean/lib/uptime-check";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { throwProblems } from "../cloud-init/problems";
import { tiers } from "./naming";
import { checkBoolean, checkEach, checkId } from "../cloud-init/value-checks";
import { checkEmail, checkHostname, checkName } from "./settings-checks";
import { type TierTags, checkTags } from "./tier-tags";

/** What can be set of the alerts. */
export interface AlertSettings {
  /** Who is told; addresses must be confirmed in the DigitalOcean account. @default the account's own address */
  readonly emails?: readonly string[];
}

export interface MonitoringProps extends AlertSettings {
  /** What names and descriptions begin with. */
  readonly name: string;
  /** Public name of the site. */
  readonly hostname: string;
  /** Tags of all tiers, by which droplets are watched. */
  readonly tags: TierTags;
  /** Id of the database cluster that is watched as well. @default none */
  readonly databaseClusterId?: string;
  /** Whether visitors get the maintenance page, which the uptime check must not take for a fault. @default false */
  readonly maintenance?: boolean;
}

/** Checks of the alerts' settings. */
export const alertChecks: Checks<AlertSettings> = { emails: (path, emails) => checkEach(path, emails, checkEmail) };

const monitoringChecks: Checks<MonitoringProps> = {
  ...alertChecks,
  name: checkName,
  hostname: checkHostname,
  tags: checkTags,
  databaseClusterId: checkId,
  maintenance: checkBoolean,
};

/**
 * Alerts by e-mail: processor, memory and disk of each tier and of the database, and whether the world sees the site.
 * Free of charge. All of it is changed in place.
 */
export class Monitoring extends Construct {
  /** What asks for the site from outside. */
  public readonly uptimeCheck: UptimeCheck;
  private readonly emails: string[];

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: MonitoringProps,
  ) {
    super(scope, id);
    throwProblems(checkGroup("", props, monitoringChecks, { required: ["name", "hostname", "tags"] }));
    this.emails = props.emails?.length ? [...props.emails] : [new DataDigitaloceanAccount(this, "account").email];
    for (const tier of tiers) this.addTier(tier);
    if (props.databaseClusterId !== undefined)
      createDatabaseAlerts(this, props.name, props.databaseClusterId, this.emails);
    this.uptimeCheck = createUptimeCheck(this, props, this.emails);
  }

  /** Watches the droplets of one tier more, by its tag. */
  public addTier(tier: string): void {
    createTierAlerts(this, tier, this.props, this.emails);
  }
}

/** Percentages are whole numbers: the provider keeps them in 32 bits and would see a change in 79.9 for ever. */
const TIER_LIMITS = [
  { id: "cpu", type: "v1/insights/droplet/cpu", what: "CPU", percent: 80, window: "10m" },
  { id: "memory", type: "v1/insights/droplet/memory_utilization_percent", what: "memory", percent: 90, window: "10m" },
  { id: "disk", type: "v1/insights/droplet/disk_utilization_percent", what: "disk", percent: 80, window: "30m" },
];

const DATABASE_LIMITS = [
  { id: "cpu", type: "v1/dbaas/alerts/cpu_alerts", what: "CPU", percent: 80, window: "10m" },
  { id: "memory", type: "v1/dbaas/alerts/memory_utilization_alerts", what: "memory", percent: 90, window: "10m" },
  { id: "disk", type: "v1/dbaas/alerts/disk_utilization_alerts", what: "disk", percent: 80, window: "30m" },
];

function createTierAlerts(scope: Construct, tier: string, { name, tags }: MonitoringProps, email: string[]): void {
  const alerts = new Construct(scope, tier);
  for (const limit of TIER_LIMITS)
    new MonitorAlert(alerts, limit.id, {
      ...overLimit(limit, `${name} ${tier}`),
      tags: [tags.of(tier).name],
      alerts: { email },
    });
}

function createDatabaseAlerts(scope: Construct, name: string, clusterId: string, email: string[]): void {
  const alerts = new Construct(scope, "database");
  for (const limit of DATABASE_LIMITS)
    new MonitorAlert(alerts, limit.id, {
      ...overLimit(limit, `${name} database`),
      entities: [clusterId],
      alerts: { email },
    });
}

function overLimit({ type, what, percent, window }: (typeof TIER_LIMITS)[number], whose: string) {
  const description = `${whose}: ${what} over ${percent} % for ${window}`;
  return { type, description, compare: "GreaterThan", value: percent, window, enabled: true };
}

function createUptimeCheck(
  scope: Construct,
  { name, hostname, maintenance }: MonitoringProps,
  email: string[],
): UptimeCheck {
  const check = new UptimeCheck(scope, "uptime", {
    name,
    // During maintenance a load balancer itself answers: the page, an error, is no reason to wake anyone.
    target: `https://${hostname}/${maintenance ? ".well-known/infrastructure/health" : ""}`,
    type: "https",
    // Optional for the provider, which plans a change for ever without them.
    regions: ["eu_west", "us_east", "us_west", "se_asia"],
    enabled: true,
  });
  const alert = (id: string, config: Omit<UptimeAlertConfig, "checkId" | "notifications">) =>
    new UptimeAlert(scope, id, { checkId: check.id, notifications: [{ email }], ...config });
  alert("down", { name: `${name} down`, type: "down_global", period: "2m", threshold: 1, comparison: "less_than" });
  alert("slow", { name: `${name} slow`, type: "latency", period: "5m", threshold: 2000, comparison: "greater_than" });
  alert("certificate", {
    name: `${name} certificate`,
    type: "ssl_expiry",
    period: "1h",
    threshold: 14,
    comparison: "less_than",
  });
  return check;
}
