import type { FastifyInstance } from "fastify";
import type { DigitalOceanApi } from "../../local-cloud/api/digitalocean/server";
import type { AccountView } from "../../local-cloud/daemon/account-view";
import type { CloudNetwork } from "../../local-cloud/network/cloud-network";
import type { FaultSwitchboard, Pair } from "../../local-cloud/daemon/disturbances";

export interface FaultRouteParts {
  readonly account: AccountView;
  readonly digitalOcean: DigitalOceanApi;
  readonly network: CloudNetwork;
  readonly faults: FaultSwitchboard;
}

/** The part of the control server that makes faults, and tells what became of the address. */
export function mountFaultRoutes(app: FastifyInstance, parts: FaultRouteParts): void {
  const { account, digitalOcean, network, faults } = parts;
  app.get("/faults", async () => faults.active());
  app.post<{ Body: { name: string; droplet?: number } }>("/faults", async ({ body }) =>
    faults.inflict(body.name, await findPair(account, body.droplet)),
  );
  app.post<{ Body: { name: string; droplet?: number } }>("/faults/preparation", async ({ body }) => {
    await faults.prepare(body.name, await findPair(account, body.droplet));
    return {};
  });
  app.delete<{ Params: { name: string } }>("/faults/:name", async ({ params }) => {
    await faults.undo(params.name);
    return {};
  });
  app.get("/reserved-ip-moves", async () => network.reservedIpMoves);
  app.put<{ Body: { seconds: number } }>("/assign-time", async ({ body }) => {
    digitalOcean.setLatencies({ reservedIpAssign: body.seconds * 1000 });
    return {};
  });
}

/** The pair from the view of one of its load balancers: the one named, or the one that holds the address. */
async function findPair(account: AccountView, droplet: number | undefined): Promise<Pair> {
  const [droplets, [reservedIp]] = await Promise.all([account.droplets(), account.reservedIps()]);
  const loadBalancers = droplets.filter(({ tags }) => tags.some((tag) => tag.endsWith("load-balancer")));
  const target = droplet ?? reservedIp?.droplet?.id ?? loadBalancers[0]?.id;
  if (target === undefined) throw new Error("fault: needs a load balancer, there is none");
  // While one is replaced there are three: the newest is the one that stays.
  const addresses = loadBalancers.flatMap(({ networks }) =>
    networks.v4.filter(({ type }) => type === "public").map(({ ip_address: address }) => address),
  );
  return { target, peer: loadBalancers.findLast(({ id }) => id !== target)?.id, addresses };
}
