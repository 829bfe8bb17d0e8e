import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Platform } from "../../platform";
import { createApplication } from "../application";
import { systemClock, type Clock } from "../clock";
import type { Faults } from "../faults";
import { Listeners, type ListenOptions } from "../listeners";
import { RateLimit, type RateWindow } from "../rate-limit";
import { RequestBody } from "../request-body";
import { Tokens, type TokenGrant, type TokenRights } from "../tokens";
import { routesNear } from "../unknown-route";
import { defaultCatalogue, type Catalogue } from "./catalogue";
import { createCloud, type Cloud, type Latencies } from "./cloud";
import {
  ApiError,
  badRequest,
  forbidden,
  notEmulated,
  serverError,
  tooManyRequests,
  unauthorized,
  unprocessable,
} from "./errors";
import type { Route } from "./route";
import { routes } from "./routes";
import { scopeProblems } from "./scopes";

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
  /** Level of the log on stderr. @default "info" */
  readonly logLevel?: string;
  /** @default the machine's own time */
  readonly clock?: Clock;
}

/** What the metadata service tells a droplet about itself. */
export interface DropletIdentity {
  readonly id: number;
  readonly name: string;
  readonly region: string;
  readonly publicAddress: string;
  readonly anchorAddress: string;
  readonly privateAddress: string;
  readonly vpc: { readonly uuid: string; readonly ipRange: string };
  readonly userData: string;
  readonly publicKeys: readonly string[];
  readonly tags: readonly string[];
  readonly features: readonly string[];
}

/** A running emulation of DigitalOcean's API. */
export interface DigitalOceanApi {
  /** Opens one more socket; returns its base URL. */
  listen(options: ListenOptions): Promise<string>;
  close(): Promise<void>;
  readonly faults: Faults;
  /** Accepts one more token. Throws when its scopes could not exist at the vendor. */
  grant(grant: TokenGrant): void;
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
  const cloud = createCloud({
    platform: options.platform,
    clock,
    log: app.log,
    catalogue: options.catalogue ?? defaultCatalogue,
    latencies: { ...defaultLatencies, ...options.latencies },
    shutdownLimitSeconds: options.shutdownLimitSeconds ?? 300,
    dropletLimit: options.dropletLimit ?? 25,
    reservedIpLimit: options.reservedIpLimit ?? 3,
  });
  followPower(cloud);
  const tokens = new Tokens(options.tokens, scopeProblems);
  admit(app, tokens, new RateLimit(options.rateLimit ?? defaultRateLimit, clock));
  for (const route of routes) addRoute(app, cloud, route);
  answerErrors(app);
  const listeners = new Listeners(app);
  return {
    listen: (where) => listeners.listen(where),
    close: () => listeners.close(),
    faults,
    grant: (grant) => tokens.grant(grant),
    dropletByAddress: (address) => dropletByAddress(cloud, address),
    reservedIpOf: (dropletId) => reservedIpOf(cloud, dropletId),
    inventory: () => inventory(cloud),
  };
}

/** A guest that powers itself off, or comes up again, shows in its droplet's status. */
function followPower(cloud: Cloud): void {
  cloud.platform.machines.onPowerChange((id, on) => {
    const droplet = cloud.store.droplets.get(id);
    if (droplet && droplet.status !== "new") droplet.status = on ? "active" : "off";
  });
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set for every request that was let in. */
    rights?: TokenRights;
  }
}

/** Authentication, then the rate limit of the token. */
function admit(app: FastifyInstance, tokens: Tokens, rateLimit: RateLimit): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    const rights = tokens.tryFind(request.headers.authorization);
    const verdict = rateLimit.count(rights ? `${rights.tokenNumber}` : "unknown");
    reply.headers({
      "ratelimit-limit": `${verdict.limit}`,
      "ratelimit-remaining": `${verdict.remaining}`,
      "ratelimit-reset": `${verdict.reset}`,
    });
    if (verdict.retryAfter !== undefined) throw tooManyRequests(verdict.retryAfter);
    if (!rights) throw unauthorized();
    request.rights = rights;
  });
}

function addRoute(app: FastifyInstance, cloud: Cloud, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const may = (scope: string): boolean => request.rights?.may(scope) ?? false;
      if (!route.scopes.every(may)) throw forbidden();
      const answer = await route.handler(cloud, {
        parameters: request.params as Record<string, string>,
        query: request.query as Record<string, string | undefined>,
        url: `${request.protocol}://${request.host}${request.url}`,
        body: new RequestBody(request.body, unprocessable),
        may,
      });
      return reply.code(answer.status).send(answer.body);
    },
  });
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    const path = request.url.split("?")[0] ?? "";
    const near = routesNear(path, routes).join(", ");
    throw notEmulated(`${request.method} ${path} is not emulated by the local cloud; known near it: ${near}`);
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof ApiError ? error : fromFastify(error, request);
  return reply
    .code(known.status)
    .headers(known.headers)
    .send({ id: known.id, message: known.message, request_id: request.id });
}

function fromFastify(error: unknown, request: FastifyRequest): ApiError {
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) return badRequest((error as Error).message);
  request.log.error({ err: error, method: request.method, url: request.url }, "request failed");
  return serverError();
}

function dropletByAddress(cloud: Cloud, address: string): DropletIdentity | undefined {
  const droplet = [...cloud.store.droplets.values()].find(({ publicAddress, anchorAddress, privateAddress }) =>
    [publicAddress, anchorAddress, privateAddress].includes(address),
  );
  if (!droplet) return undefined;
  const vpc = cloud.store.vpcs.get(droplet.vpcId);
  return {
    id: droplet.id,
    name: droplet.name,
    region: droplet.region,
    publicAddress: droplet.publicAddress,
    anchorAddress: droplet.anchorAddress,
    privateAddress: droplet.privateAddress,
    vpc: { uuid: droplet.vpcId, ipRange: vpc?.ipRange ?? "" },
    userData: droplet.userData,
    publicKeys: droplet.publicKeys,
    tags: droplet.tags,
    features: droplet.features,
  };
}

function reservedIpOf(cloud: Cloud, dropletId: number): { address: string; active: boolean } | undefined {
  const all = [...cloud.store.reservedIps.values()];
  const active = all.find(({ activeDropletId }) => activeDropletId === dropletId);
  const reserved = active ?? all.find((candidate) => candidate.dropletId === dropletId);
  return reserved && { address: reserved.address, active: reserved === active };
}

function inventory(cloud: Cloud): Record<string, number> {
  const { store } = cloud;
  return {
    droplets: store.droplets.size,
    tags: store.tags.size,
    firewalls: store.firewalls.size,
    reservedIps: store.reservedIps.size,
    vpcs: [...store.vpcs.values()].filter(({ isDefault }) => !isDefault).length,
    sshKeys: store.sshKeys.size,
    databaseClusters: store.clusters.size,
    databaseReplicas: store.replicas().length,
    alertPolicies: store.alertPolicies.size,
    uptimeChecks: store.uptimeChecks.size,
  };
}
