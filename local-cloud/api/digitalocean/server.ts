import type { Platform } from "../../platform/platform";
import { createApplication } from "../application";
import { systemClock, type Clock } from "../clock";
import type { Faults } from "../faults";
import { Listeners, type ListenOptions } from "../listeners";
import { RateLimit, type RateWindow } from "../rate-limit";
import { Tokens, type TokenGrant } from "../tokens";
import { defaultCatalogue, type Catalogue } from "./account/catalogue";
import { createCloud, type Cloud, type Latencies } from "./account/cloud";
import { tryFindDroplet, tryFindReservedIp, type DropletIdentity } from "./account/droplet-identity";
import { badRequest } from "./account/errors";
import { takeInventory } from "./account/inventory";
import { accountEmail } from "./account/views";
import { mountRoutes } from "./mount-routes";
import { scopeProblems } from "./scopes";

/** What an emulated DigitalOcean account is made from. */
export interface DigitalOceanApiOptions {
  readonly platform: Platform;
  readonly tokens: readonly TokenGrant[];
  /** @default 2000 ms for assigning and unassigning a reserved IP, else nothing on top of the platform's own time */
  readonly latencies?: Partial<Latencies>;
  /** @default DigitalOcean's: 5,000 an hour, 250 a minute, for each token */
  readonly rateLimit?: readonly [RateWindow, ...RateWindow[]];
  /** @default a part of the vendor's offer */
  readonly catalogue?: Catalogue;
  /** @default 300 */
  readonly shutdownLimitSeconds?: number;
  /** @default 25 */
  readonly dropletLimit?: number;
  /** @default 3 */
  readonly reservedIpLimit?: number;
  /** Addresses that alerts may go to, besides the account's own. @default none */
  readonly confirmedEmails?: readonly string[];
  /** Gets a line for each request that fails by the emulation's own fault, `POST /path: message`. @default not called */
  readonly onFailure?: (failure: string) => void;
  /** Level of the log on stderr. @default "info" */
  readonly logLevel?: string;
  /** @default the machine's own time */
  readonly clock?: Clock;
}

/** A running emulation of DigitalOcean's API. */
export interface DigitalOceanApi {
  /** Opens one more socket; returns its base URL. */
  listen(options: ListenOptions): Promise<string>;
  close(): Promise<void>;
  readonly faults: Faults;
  /** For what begins from now on. */
  setLatencies(latencies: Partial<Latencies>): void;
  /** Accepts one more token. Throws when its scopes could not exist at the vendor. */
  grant(grant: TokenGrant): void;
  /** Accepts a token no longer. */
  revoke(token: string): void;
  /** Alerts may go to this address, too: what somebody does who follows the link in DigitalOcean's mail. */
  confirmEmail(email: string): void;
  /** The droplet with this public, anchor or VPC address. */
  dropletByAddress(address: string): DropletIdentity | undefined;
  /** The reserved IP of a droplet, and whether its metadata already says that it is active. */
  reservedIpOf(dropletId: number): { readonly address: string; readonly active: boolean } | undefined;
  /** Counts of what exists, by kind: all zero after a complete `cdktf destroy`. */
  inventory(): Readonly<Record<string, number>>;
}

const defaultLatencies: Latencies = {
  reservedIpAssign: 2000,
  reservedIpUnassign: 2000,
  metadataLag: 0,
  dropletAction: 0,
  dropletCreate: 0,
  dropletDestroy: 0,
  databaseCreate: 0,
  databaseResize: 0,
  vpcMemberLinger: 0,
};

/** From "Rate Limit" in the API's introduction. */
const defaultRateLimit: readonly [RateWindow, ...RateWindow[]] = [
  { requests: 5000, seconds: 3600 },
  { requests: 250, seconds: 60 },
];

/** An empty account, not listening yet. */
export async function createDigitalOceanApi(options: DigitalOceanApiOptions): Promise<DigitalOceanApi> {
  const clock = options.clock ?? systemClock;
  const { app, faults } = createApplication(options.logLevel, clock, () => badRequest("the body is not valid JSON"));
  const latencies = { ...defaultLatencies, ...options.latencies };
  const cloud = createCloud({
    platform: options.platform,
    clock,
    log: app.log,
    catalogue: options.catalogue ?? defaultCatalogue,
    latencies,
    shutdownLimitSeconds: options.shutdownLimitSeconds ?? 300,
    dropletLimit: options.dropletLimit ?? 25,
    reservedIpLimit: options.reservedIpLimit ?? 3,
    confirmedEmails: new Set([accountEmail, ...(options.confirmedEmails ?? [])].map((email) => email.toLowerCase())),
  });
  followPower(cloud);
  const tokens = new Tokens(options.tokens, scopeProblems);
  mountRoutes(app, cloud, tokens, new RateLimit(options.rateLimit ?? defaultRateLimit, clock), options.onFailure);
  const listeners = new Listeners(app);
  return {
    listen: (where) => listeners.listen(where),
    close: () => listeners.close(),
    faults,
    setLatencies: (changed) => void Object.assign(latencies, changed),
    grant: (grant) => tokens.grant(grant),
    revoke: (token) => tokens.revoke(token),
    confirmEmail: (email) => void cloud.confirmedEmails.add(email.toLowerCase()),
    dropletByAddress: (address) => tryFindDroplet(cloud, address),
    reservedIpOf: (dropletId) => tryFindReservedIp(cloud, dropletId),
    inventory: () => takeInventory(cloud.store),
  };
}

/** A guest that powers itself off, or comes up again, shows in its droplet's status. */
function followPower(cloud: Cloud): void {
  cloud.platform.machines.onPowerChange((id, on) => {
    const droplet = cloud.store.droplets.get(id);
    if (droplet && droplet.status !== "new") droplet.status = on ? "active" : "off";
  });
}
