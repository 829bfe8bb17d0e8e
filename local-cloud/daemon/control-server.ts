import fastify, { type FastifyInstance } from "fastify";
import type { CloudflareApi } from "../api/cloudflare/server";
import type { DigitalOceanApi } from "../api/digitalocean/server";
import type { TokenGrant } from "../api/tokens";
import type { ZoneDeclaration } from "../api/cloudflare/account/store";
import type { DatabaseOperation, Disturbance, DropletOperation, OperationDone, Switches } from "../control/disturbance";
import { readBootProgress } from "../machines/boot-progress";
import { dropletCommand, type NspawnMachines } from "../machines/nspawn-machines";
import type { ManagedDatabases } from "../postgres/managed-databases";
import type { CloudflareEdge } from "../edge/cloudflare-edge";
import type { CloudNetwork } from "../network/cloud-network";
import type { Registry } from "../registry/registry";
import type { AccountView } from "./account-view";
import type { Disturbances } from "./disturbances";
import type { CloudStatus, DropletStatus } from "../control/cloud-status";

export interface ControlServerParts {
  readonly account: AccountView;
  readonly digitalOcean: DigitalOceanApi;
  readonly cloudflare: CloudflareApi;
  readonly machines: NspawnMachines;
  readonly databases: ManagedDatabases;
  readonly edge: CloudflareEdge;
  readonly network: CloudNetwork;
  readonly disturbances: Disturbances;
  readonly registry: Registry;
  /** Requests to the APIs that failed by the cloud's own fault, a line each, in order. */
  readonly apiFailures: readonly string[];
}

/** What the command line asks of a running cloud. Its socket is in the state directory, which only root may enter. */
export function createControlServer(parts: ControlServerParts): FastifyInstance {
  const { account, cloudflare, digitalOcean, machines } = parts;
  const app = fastify();
  app.get("/ready", async () => ({}));
  app.get("/status", () => readStatus(parts));
  app.put<{ Body: ZoneDeclaration[] }>("/zones", async ({ body }) => {
    for (const zone of body) cloudflare.declareZone(zone);
    return {};
  });
  app.put<{ Body: string[] }>("/confirmed-emails", async ({ body }) => {
    for (const email of body) digitalOcean.confirmEmail(email);
    return {};
  });
  app.put<{ Params: { hostname: string } }>("/registries/:hostname", async ({ params }) => {
    await parts.registry.serveAs(params.hostname);
    return {};
  });
  app.post<{ Body: TokenGrant }>("/tokens", async ({ body }) => {
    digitalOcean.grant(body);
    return {};
  });
  app.post<{ Body: { token: string } }>("/tokens/revocations", async ({ body }) => {
    digitalOcean.revoke(body.token);
    return {};
  });
  app.get<{ Params: { id: string } }>("/droplets/:id/journal", async ({ params }) =>
    JSON.stringify(machines.filesOf(Number(params.id)).journal),
  );
  app.get<{ Params: { id: string } }>("/droplets/:id/enter", async ({ params }) =>
    dropletCommand(Number(params.id), []),
  );
  app.post<{ Params: { id: string } }>("/droplets/:id/power-off", async ({ params }) => {
    await account.power(Number(params.id), "power_off");
    return {};
  });
  app.post<{ Params: { id: string } }>("/droplets/:id/power-on", async ({ params }) => {
    await account.power(Number(params.id), "power_on");
    return {};
  });
  app.get("/reserved-ip-moves", async () => parts.network.reservedIpMoves);
  app.get("/api-failures", async () => parts.apiFailures);
  mountDisturbances(app, parts);
  return app;
}

/** The part that makes things go wrong. It knows droplets and requests, and nothing of what the site is. */
function mountDisturbances(app: FastifyInstance, parts: ControlServerParts): void {
  const { databases, disturbances, network, digitalOcean } = parts;
  type Name = { Params: { name: string } };
  app.get("/disturbances", async () => disturbances.active());
  app.post<{ Body: Disturbance }>("/disturbances", async ({ body }) => {
    disturbances.begin(body);
    return {};
  });
  app.put<Name & { Body: Switches }>("/disturbances/:name/switches", async ({ params, body }) => {
    await disturbances.switch(params.name, body);
    return {};
  });
  app.delete<Name>("/disturbances/:name", async ({ params }) => {
    await disturbances.end(params.name);
    return {};
  });
  app.post<{ Params: { id: string }; Body: DropletOperation }>(
    "/droplets/:id/operations",
    async ({ params, body }): Promise<OperationDone> => ({
      at: await disturbances.operate(Number(params.id), body),
    }),
  );
  app.post<{ Params: { node: string }; Body: DatabaseOperation }>(
    "/database-nodes/:node/operations",
    async ({ params, body }): Promise<OperationDone> => ({
      at: await disturbances.operateDatabase(params.node, body),
    }),
  );
  app.put<{ Body: { seconds?: number } }>("/database-failover-time", async ({ body }) => {
    databases.setFailoverTime(body.seconds);
    return {};
  });
  app.put<{ Body: { count: number } }>("/refused-moves", async ({ body }) => {
    network.refuseMoves(body.count);
    return {};
  });
  app.put<{ Body: { seconds: number } }>("/assign-time", async ({ body }) => {
    digitalOcean.setLatencies({ reservedIpAssign: body.seconds * 1000 });
    return {};
  });
}

async function readStatus(parts: ControlServerParts): Promise<CloudStatus> {
  const [droplets, reservedIps, databases] = await Promise.all([
    parts.account.droplets(),
    parts.account.reservedIps(),
    parts.databases.status(),
  ]);
  const inventory = { ...parts.digitalOcean.inventory(), ...parts.cloudflare.inventory() };
  return {
    droplets: await Promise.all(droplets.map((droplet) => readDroplet(parts.machines, droplet))),
    databases,
    reservedIps: reservedIps.map(({ ip, droplet, locked }) => ({
      address: ip,
      droplet: droplet?.name,
      dropletId: droplet?.id,
      moving: locked,
    })),
    hostnames: parts.edge.servedHostnames(),
    objects: Object.fromEntries(Object.entries(inventory).filter(([, count]) => count > 0)),
  };
}

async function readDroplet(
  machines: NspawnMachines,
  { id, name, tags, status, networks }: Awaited<ReturnType<AccountView["droplets"]>>[number],
): Promise<DropletStatus> {
  const boot = await readBootProgress(machines.filesOf(id).upper);
  const address = (type: string): string => networks.v4.find((network) => network.type === type)?.ip_address ?? "";
  return {
    id,
    name,
    tags,
    status,
    publicAddress: address("public"),
    privateAddress: address("private"),
    cloudInit: boot.state,
    detail: boot.errors[0] ?? boot.stage,
  };
}
