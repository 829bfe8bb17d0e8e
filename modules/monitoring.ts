import { DataDigitaloceanAccount } from "@cdktf/provider-digitalocean/lib/data-digitalocean-account";
import { MonitorAlert } from "@cdktf/provider-digitalocean/lib/monitor-alert";
import { UptimeAlert, type UptimeAlertConfig } from "@cdktf/provider-digitalocean/lib/uptime-alert";
import { UptimeCheck } from "@cdktf/provider-digitalocean/lib/uptime-check";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { isLate } from "../cloud-init/late-values";
import { throwProblems } from "../cloud-init/problems";
import { tiers } from "./naming";
import { checkBoolean, checkEach, checkId, checkPattern, checkWhole, shown } from "../cloud-init/value-checks";
import { checkEmail, checkHostname, checkName } from "./settings-checks";
import { type TierTags, checkTags } from "./tier-tags";
import { withDefaults } from "./with-defaults";

/** What can be set of the alerts. All of it is changed in place. */
export interface AlertSettings {
  /**
   * Who is told by e-mail; addresses must be confirmed in the DigitalOcean account. @default the account's own address where no
   * Slack channel is told either
   */
  readonly emails?: readonly string[];
  /** Slack channels that are told. @default none */
  readonly slack?: readonly SlackChannel[];
  /** From when on a node is too busy, each by itself. @default as each of them says */
  readonly nodes?: UtilizationLimits;
  /** From when on the database is. @default as each of them says */
  readonly database?: UtilizationLimits;
  /** When the site, asked from outside, is not as it should be. @default as each of them says */
  readonly site?: SiteLimits;
}

/** A channel that an incoming webhook writes to (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
export interface SlackChannel {
  /** Its name, `#operations`. */
  readonly channel: string;
  /**
   * Address of the webhook, `https://hooks.slack.com/services/…`, or of another chat that takes Slack's. Whoever has it can
   * write there: give a sensitive `TerraformVariable`, not the text.
   */
  readonly url: string;
}

/** Averages beyond which somebody is told. */
export interface UtilizationLimits {
  /**
   * Of all cores, over ten minutes, 1 to 99. When one of two nodes is lost the other has twice its work, so half of this is the
   * better figure for a tier that must not slow down then. @default 80
   */
  readonly cpuPercent?: number;
  /** Over ten minutes, 1 to 99. What is left is what the kernel keeps files in. @default 90 */
  readonly memoryPercent?: number;
  /** Over half an hour, 1 to 99. A database that is full takes no more writes. @default 80 */
  readonly diskPercent?: number;
}

/** When the site is not as it should be. */
export interface SiteLimits {
  /**
   * How long no region sees it: 2, 3, 5, 10, 15, 30 or 60. A failover takes seconds, so 2 means that it went wrong. @default 2
   */
  readonly downMinutes?: number;
  /** How long an answer takes at most, on average over five minutes, 1 to 60; visitors leave sooner. @default 2 */
  readonly slowSeconds?: number;
  /** Before its certificate ends, 1 to 60. Cloudflare renews its own a month before. @default 14 */
  readonly certificateDays?: number;
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
export const alertChecks: Checks<AlertSettings> = {
  emails: (path, emails) => checkEach(path, emails, checkEmail),
  slack: (path, channels) =>
    checkEach(path, channels, (at, one) => checkGroup(at, one, slackChecks, { required: ["channel", "url"] })),
  nodes: (path, limits) => checkGroup(path, limits, utilizationChecks),
  database: (path, limits) => checkGroup(path, limits, utilizationChecks),
  site: (path, limits) => checkGroup(path, limits, siteChecks),
};

const slackChecks: Checks<SlackChannel> = {
  channel: (path, channel) =>
    checkPattern(
      path,
      channel,
      /^[#@]?[A-Za-z0-9]([A-Za-z0-9 ._-]{0,78}[A-Za-z0-9_-])?$/,
      'a channel such as "#operations"',
    ),
  // It may be a secret, and is in no message.
  url: (path, url) =>
    isLate(url) || (typeof url === "string" && /^https:\/\/[^\s"]+$/.test(url))
      ? []
      : [{ path, message: "must be the address of an incoming webhook, https://hooks.slack.com/services/…" }],
};

const checkPercent = (path: string, percent: number) => checkWhole(path, percent, 1, 99);
const utilizationChecks: Checks<UtilizationLimits> = {
  cpuPercent: checkPercent,
  memoryPercent: checkPercent,
  diskPercent: checkPercent,
};
export const utilizationDefaults = { cpuPercent: 80, memoryPercent: 90, diskPercent: 80 };

/** Of `downMinutes`, as the API writes them. */
const PERIODS: Readonly<Record<number, string>> = {
  ...{ 2: "2m", 3: "3m", 5: "5m", 10: "10m", 15: "15m", 30: "30m", 60: "1h" },
};
const siteChecks: Checks<SiteLimits> = {
  downMinutes: (path, minutes) =>
    typeof minutes === "number" && Object.hasOwn(PERIODS, minutes)
      ? []
      : [{ path, message: `must be one of ${Object.keys(PERIODS).join(", ")}, got ${shown(minutes)}` }],
  slowSeconds: (path, seconds) => checkWhole(path, seconds, 1, 60),
  certificateDays: (path, days) => checkWhole(path, days, 1, 60),
};
export const siteLimitDefaults = { downMinutes: 2, slowSeconds: 2, certificateDays: 14 };

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
  private readonly receivers: Receivers;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: MonitoringProps,
  ) {
    super(scope, id);
    throwProblems(checkGroup("", props, monitoringChecks, { required: ["name", "hostname", "tags"] }));
    this.receivers = this.findReceivers();
    for (const tier of tiers) this.addTier(tier);
    if (props.databaseClusterId !== undefined)
      createDatabaseAlerts(this, props.databaseClusterId, props, this.receivers);
    this.uptimeCheck = createUptimeCheck(this, props, this.receivers);
  }

  /** Watches the droplets of one tier more, by its tag. */
  public addTier(tier: string): void {
    createTierAlerts(this, tier, this.props, this.receivers);
  }

  private findReceivers(): Receivers {
    const { emails = [], slack = [] } = this.props;
    if (emails.length + slack.length === 0) return { email: [new DataDigitaloceanAccount(this, "account").email] };
    return {
      email: emails.length > 0 ? [...emails] : undefined,
      slack: slack.length > 0 ? [...slack] : undefined,
    };
  }
}

interface Receivers {
  readonly email?: string[];
  readonly slack?: SlackChannel[];
}

/** What is watched of nodes and of the database. Percentages are whole: the provider would see a change in 79.9 for ever. */
const UTILIZATION = [
  { id: "cpu", limit: "cpuPercent", what: "CPU", window: "10m", ofNodes: "cpu", ofDatabase: "cpu" },
  {
    id: "memory",
    limit: "memoryPercent",
    what: "memory",
    window: "10m",
    ofNodes: "memory_utilization_percent",
    ofDatabase: "memory_utilization",
  },
  {
    id: "disk",
    limit: "diskPercent",
    what: "disk",
    window: "30m",
    ofNodes: "disk_utilization_percent",
    ofDatabase: "disk_utilization",
  },
] as const;

function createTierAlerts(scope: Construct, tier: string, props: MonitoringProps, alerts: Receivers): void {
  const { name, tags, nodes } = props;
  const ofTier = new Construct(scope, tier);
  for (const one of UTILIZATION)
    new MonitorAlert(ofTier, one.id, {
      ...overLimit(one, nodes, `${name} ${tier}`),
      type: `v1/insights/droplet/${one.ofNodes}`,
      tags: [tags.of(tier).name],
      alerts,
    });
}

function createDatabaseAlerts(scope: Construct, id: string, props: MonitoringProps, alerts: Receivers): void {
  const ofDatabase = new Construct(scope, "database");
  for (const one of UTILIZATION)
    new MonitorAlert(ofDatabase, one.id, {
      ...overLimit(one, props.database, `${props.name} database`),
      type: `v1/dbaas/alerts/${one.ofDatabase}_alerts`,
      entities: [id],
      alerts,
    });
}

function overLimit(
  { limit, what, window }: (typeof UTILIZATION)[number],
  limits: UtilizationLimits | undefined,
  whose: string,
) {
  const percent = withDefaults(utilizationDefaults, limits ?? {})[limit];
  const description = `${whose}: ${what} over ${percent} % for ${window}`;
  return { description, compare: "GreaterThan", value: percent, window, enabled: true };
}

function createUptimeCheck(scope: Construct, props: MonitoringProps, receivers: Receivers): UptimeCheck {
  const { name, hostname, maintenance, site } = props;
  const { downMinutes, slowSeconds, certificateDays } = withDefaults(siteLimitDefaults, site ?? {});
  const check = new UptimeCheck(scope, "uptime", {
    name,
    // During maintenance a load balancer itself answers: the page, an error, is no reason to wake anyone.
    target: `https://${hostname}/${maintenance ? ".well-known/infrastructure/health" : ""}`,
    type: "https",
    // Optional for the provider, which plans a change for ever without them.
    regions: ["eu_west", "us_east", "us_west", "se_asia"],
    enabled: true,
  });
  const alert = (id: string, type: string, config: Required<Pick<UptimeAlertConfig, AlertRule>>) =>
    new UptimeAlert(scope, id, {
      checkId: check.id,
      notifications: [receivers],
      name: `${name} ${id}`,
      type,
      ...config,
    });
  alert("down", "down_global", { period: PERIODS[downMinutes]!, threshold: 1, comparison: "less_than" });
  alert("slow", "latency", { period: "5m", threshold: slowSeconds * 1000, comparison: "greater_than" });
  alert("certificate", "ssl_expiry", { period: "1h", threshold: certificateDays, comparison: "less_than" });
  return check;
}

type AlertRule = "period" | "threshold" | "comparison";
