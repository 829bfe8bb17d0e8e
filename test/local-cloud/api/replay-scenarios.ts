import type { CloudflareApiOptions } from "../../../local-cloud/api/cloudflare/server";
import type { Size } from "../../../local-cloud/api/digitalocean/account/catalogue";
import type { DigitalOceanApiOptions } from "../../../local-cloud/api/digitalocean/server";
import { zonePath } from "./cloudflare-under-test";
import type { FakeClock } from "./fake-clock";
import type { HttpClient } from "./http-client";
import { RecordedAccount, recordedCatalogue } from "./recorded-account";
import type { RecordingPlatform } from "./recording-platform";
import type { Replay } from "./replay";

/** What a scenario works with. */
export interface Stage extends HttpClient {
  readonly clock: FakeClock;
  readonly platform: RecordingPlatform;
  readonly account: RecordedAccount;
  readonly replay: Replay;
}

type Steps = Readonly<Record<number, (stage: Stage) => Promise<unknown>>>;

/** What surrounds a recording: the state before it, what happened between its requests, and its mock's oddities. */
export interface Scenario {
  readonly options?: Partial<DigitalOceanApiOptions & CloudflareApiOptions>;
  readonly prepare?: (stage: Stage) => Promise<unknown>;
  /** Done before the exchange of that number. */
  readonly before?: Steps;
  /** Exchanges whose answer the recording's mock was told to give: given here through the fault switches. */
  readonly injected?: { readonly numbers: readonly number[]; readonly why: string };
  /** Fields in which the recording's mock answered as DigitalOcean would not; everything else is compared. */
  readonly odd?: Readonly<Record<number, { readonly fields: RegExp; readonly why: string }>>;
  /** Exchanges that were sent with a token of too few scopes. */
  readonly unprivileged?: readonly number[];
}

const tenSeconds = [10, 3, 6, 10, 10, 10];

const replicaUuids = [
  "492e7c26-13a0-5326-bfaf-f39cdebf450c",
  "554a267b-5f1c-5c9f-956e-665134cdd8d4",
  "796497f9-f9ec-585e-aff0-c5d0c8fb61f2",
  "ac8bcce8-ae2c-56e1-8d12-6b0ee1f0f451",
];

/** By the name of the recording; one that is not here needs nothing around it. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  digitalocean_data_database_ca: { prepare: ({ account }) => account.cluster() },
  digitalocean_database_cluster: {
    prepare: ({ account }) => account.vpc(),
    before: {
      4: ({ account }) => account.databaseContents(["appuser"], ["app"]),
      14: async ({ account }) => {
        await account.removeDatabaseContents(["appuser"], ["app"]);
        await account.databaseContents(["appuser2"], ["app2"]);
      },
    },
  },
  digitalocean_database_cluster_upgrade_and_replace: { prepare: ({ account }) => account.defaultVpc() },
  digitalocean_database_connection_pool: {
    prepare: async ({ account }) => {
      await account.cluster();
      await account.databaseContents(["appuser", "appuser2"], ["app", "app2"]);
    },
  },
  digitalocean_database_db: { prepare: ({ account }) => account.cluster() },
  digitalocean_database_firewall: {
    prepare: async ({ account }) => {
      await account.tags("app", "web");
      await account.cluster();
      for (const uuid of replicaUuids) await account.replica(uuid);
    },
  },
  digitalocean_database_postgresql_config: { prepare: ({ account }) => account.cluster() },
  digitalocean_database_replica: { prepare: ({ account }) => account.cluster() },
  digitalocean_database_user: { prepare: ({ account }) => account.cluster() },
  digitalocean_droplet: { prepare: ({ account }) => prepareDropletNeeds(account) },
  digitalocean_firewall: {
    prepare: async ({ account }) => {
      await account.tags("web", "lb", "edge");
      await account.droplet(3164444);
    },
    odd: oddAnswers([4, 8], /^\.firewall\.status/, "the mock had applied a change before it answered"),
  },
  digitalocean_uptime_alert: {
    prepare: ({ account }) => account.uptimeCheck("6477510d-9987-543b-ad5d-0af24166c2d1"),
  },

  edge_database_cluster_online_after_40s: {
    options: { latencies: { databaseCreate: 40_000 } },
    prepare: ({ account }) => account.defaultVpc(),
    before: { 1: seconds(15), 2: seconds(15), 3: seconds(15) },
  },
  edge_droplet_boot_25s: {
    options: { latencies: { dropletCreate: 25_000 } },
    prepare: ({ account }) => prepareDropletNeeds(account),
    before: polls(1, 4),
  },
  edge_droplet_graceful_shutdown_30s: {
    prepare: async (stage) => {
      await prepareDropletNeeds(stage.account);
      stage.platform.onCall("machines.shutDown", () => stage.clock.sleep(30_000));
    },
    before: polls(5, 5),
  },
  edge_droplet_graceful_shutdown_45s_fails: {
    prepare: async (stage) => {
      await prepareDropletNeeds(stage.account);
      stage.platform.onCall("machines.shutDown", () => stage.clock.sleep(45_000));
    },
    before: polls(5, 6),
  },
  edge_droplet_locked_25s: {
    options: { latencies: { dropletAction: 25_000 } },
    prepare: ({ account }) => prepareDropletNeeds(account),
    before: {
      2: ({ account }) => account.startRename("500193945", "lb-1.example.com"),
      ...polls(3, 4),
    },
  },
  edge_droplet_resize_actions_12s: {
    options: { latencies: { dropletAction: 12_000 } },
    prepare: ({ account }) => prepareDropletNeeds(account),
    before: { ...polls(4, 2), ...polls(7, 2), ...polls(10, 2), ...polls(13, 2) },
  },
  edge_droplet_resize_refused_422: {
    prepare: ({ account }) => prepareDropletNeeds(account),
    injected: { numbers: [5], why: "the size is offered in the region, the mock refused it all the same" },
  },
  edge_droplet_unknown_tags: {
    prepare: async ({ account }) => {
      await account.vpc();
      await account.sshKey();
    },
    before: {
      6: ({ account }) => account.tag("DELETE", "ghost", "500193945"),
      8: async ({ account }) => {
        await account.tag("POST", "ghost", "500193945");
        await account.tags("autoscale");
        await account.tag("POST", "autoscale", "500193945");
      },
      10: ({ account }) => account.tag("DELETE", "autoscale", "500193945"),
      21: ({ account }) => account.deleteDroplet("500193945"),
    },
    odd: {
      ...oddAnswers([5, 7, 9], /^\.droplet\.tags/, "the mock sorted the tags"),
      ...oddAnswers([11], /tags|features/, "the mock left out a feature that was asked for"),
      ...oddAnswers([13], /tags|features|vpc_uuid/, "the mock named another VPC than was asked for"),
      ...oddAnswers([15, 17, 18, 20], /tags|features|image/, "the mock changed the image and dropped the features"),
    },
  },
  edge_errors_digitalocean: {
    injected: {
      numbers: [...range(0, 27), ...range(45, 45), ...range(47, 59), ...range(77, 79)],
      why: "the mock was told to refuse, to fail, to limit or to hang up whatever it was asked",
    },
  },
  edge_pagination_200: {
    options: { catalogue: { ...recordedCatalogue, sizes: manySizes() } },
    odd: oddAnswers(
      [0, 1, 4],
      /^\.sizes: 2 entries|sizes: 4 entries|^\.links\.pages/,
      "the recording shortened its lists, and links lead to the host that was asked",
    ),
  },
  edge_replica_412: {
    prepare: ({ account }) => account.defaultVpc(),
    injected: {
      numbers: range(3, 7),
      why: "the cluster is online, the mock refused the replica five times all the same (412 before that is tested elsewhere)",
    },
  },
  edge_reserved_ip_out_of_band: {
    options: { reservedIpLimit: 10 },
    prepare: async ({ account }) => {
      await account.droplet(3164444);
      await account.droplet(3164445);
    },
    before: {
      2: ({ account }) => account.assign("198.51.100.10", 3164444),
      11: ({ account }) => account.assign("198.51.100.11", 3164445),
      16: ({ account }) => account.unassign("198.51.100.11"),
    },
    odd: oddAnswers(
      [2, 3, 4, 9, 10, 11, 12, 15],
      /^\.reserved_ip\.droplet\.(name|memory|vcpus|disk|size|size_slug|image|networks|features|tags|vpc_uuid)/,
      "the droplet inside is a sample of the mock's, not one that it was asked to make",
    ),
    injected: { numbers: [17, 18, 23], why: "the mock showed an address locked for ever, and one without a region" },
  },
  edge_vpc_delete_409: {
    options: { latencies: { vpcMemberLinger: 40_000 } },
    before: Object.fromEntries([0.5, 1, 2, 4, 8, 10, 10, 10].map((wait, index) => [9 + index, seconds(wait)])),
  },

  edge_errors_cloudflare: {
    options: { tokens: [{ token: "unprivileged", scopes: ["zone:read"] }] },
    before: {
      5: ({ call }) =>
        call("POST", `${zonePath}/dns_records`, { type: "CNAME", name: "www", content: "elsewhere.test" }),
    },
    unprivileged: [6],
    injected: {
      numbers: range(7, 32),
      why: "the mock was told to refuse, to fail, to limit or to hang up whatever it was asked",
    },
  },
};

async function prepareDropletNeeds(account: RecordedAccount): Promise<void> {
  await account.vpc();
  await account.sshKey();
  await account.tags("web");
}

/** The provider's polls: after 10, 13, 19, 29, 39 … seconds, from exchange `first` on. */
function polls(first: number, count: number): Steps {
  return Object.fromEntries(tenSeconds.slice(0, count).map((wait, index) => [first + index, seconds(wait)]));
}

function seconds(count: number): (stage: Stage) => Promise<void> {
  return ({ clock }) => clock.advance(count * 1000);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function oddAnswers(numbers: readonly number[], fields: RegExp, why: string): NonNullable<Scenario["odd"]> {
  return Object.fromEntries(numbers.map((number) => [number, { fields, why }]));
}

/** 254 sizes, as many as the recording's mock had. */
function manySizes(): Size[] {
  const extra = range(0, 249).map((number) => ({
    ...{ slug: `x-${number}`, memory: 1024, vcpus: 1, disk: 25, transfer: 1, priceMonthly: 1, priceHourly: 0.1 },
    description: "Basic",
  }));
  return [...recordedCatalogue.sizes, ...extra];
}
