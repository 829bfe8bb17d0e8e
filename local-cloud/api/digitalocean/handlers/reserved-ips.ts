import { parseIpv4 } from "../../../platform/ipv4-range";
import type { Cloud } from "../account/cloud";
import { forbidden, notFound, pendingDropletEvent, pendingReservedIpEvent, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { routeReservedIp } from "../account/reserved-ip-routing";
import { noContent, ok, type ApiReply, type ApiRequest, type Handler } from "../account/route";
import type { ActionRecord, DropletRecord, ReservedIpRecord } from "../account/store";
import { viewAction, viewReservedIp } from "../account/views";
import { findAction, newestFirst } from "./actions";

/** An address in a region, or one that is assigned to a droplet straight away. */
export const createReservedIp: Handler = (cloud, request) => {
  const dropletId = request.body.optionalNumber("droplet_id");
  const droplet = dropletId === undefined ? undefined : findTarget(cloud, dropletId);
  const region = droplet?.region ?? request.body.text("region");
  if (!cloud.catalogue.regions.some(({ slug }) => slug === region)) throw unprocessable(`region ${region} is invalid`);
  if (cloud.store.reservedIps.size >= cloud.reservedIpLimit)
    throw unprocessable("You have reached the limit of reserved IPs.");
  if (droplet) checkFree(cloud, droplet);
  const address = cloud.addresses.reservedIps.tryTake();
  if (address === undefined) throw unprocessable("No reserved IPs are left in this region.");
  const reserved: ReservedIpRecord = {
    address,
    region,
    dropletId: undefined,
    activeDropletId: undefined,
    pendingDropletId: undefined,
    locked: false,
  };
  cloud.store.reservedIps.set(address, reserved);
  const action = droplet && assign(cloud, reserved, droplet);
  const links = action
    ? { actions: [{ id: action.id, rel: "assign_ip", href: `https://api.digitalocean.com/v2/actions/${action.id}` }] }
    : {};
  return { status: 202, body: { reserved_ip: viewReservedIp(cloud, reserved, request.may), links } };
};

/** `GET /v2/reserved_ips/:address`. */
export const getReservedIp: Handler = (cloud, request) =>
  ok({ reserved_ip: viewReservedIp(cloud, findReservedIp(cloud, request), request.may) });

/** `GET /v2/reserved_ips`. */
export const listReservedIps: Handler = (cloud, request) =>
  ok(
    paginate("reserved_ips", [...cloud.store.reservedIps.values()], request, (reserved) =>
      viewReservedIp(cloud, reserved, request.may),
    ),
  );

/** Also while it is assigned; not while an action is under way. */
export const deleteReservedIp: Handler = async (cloud, request) => {
  const reserved = findReservedIp(cloud, request);
  if (reserved.locked) throw pendingReservedIpEvent();
  reserved.locked = true;
  try {
    if (reserved.dropletId !== undefined) await routeReservedIp(cloud, reserved, undefined);
  } finally {
    reserved.locked = false;
  }
  cloud.store.reservedIps.delete(reserved.address);
  cloud.addresses.reservedIps.free(reserved.address);
  return noContent;
};

/** `assign` needs no `unassign` before it; a droplet that holds a reserved IP, even this one, is refused. */
export const postReservedIpAction: Handler = (cloud, request) => {
  const reserved = findReservedIp(cloud, request);
  const type = request.body.choice("type", ["assign", "unassign"]);
  if (reserved.locked) throw pendingReservedIpEvent();
  if (type === "assign") {
    if (!request.may("droplet:read")) throw forbidden();
    const droplet = findTarget(cloud, request.body.number("droplet_id"));
    if (droplet.region !== reserved.region)
      throw unprocessable("The Droplet and the reserved IP must be in the same region.");
    checkFree(cloud, droplet);
    return started(cloud, assign(cloud, reserved, droplet));
  }
  if (reserved.dropletId === undefined) throw unprocessable("The floating IP is not assigned.");
  return started(cloud, unassign(cloud, reserved));
};

/** `GET /v2/reserved_ips/:address/actions`. */
export const listReservedIpActions: Handler = (cloud, request) => {
  const { address } = findReservedIp(cloud, request);
  const actions = newestFirst(cloud, (action) => action.reservedIp === address);
  return ok(paginate("actions", actions, request, (action) => viewAction(cloud, action)));
};

/** `GET /v2/reserved_ips/:address/actions/:action`. */
export const getReservedIpAction: Handler = (cloud, request) => {
  const { address } = findReservedIp(cloud, request);
  const action = findAction(cloud, request.parameters["action"], ({ reservedIp }) => reservedIp === address);
  return ok({ action: viewAction(cloud, action) });
};

function findReservedIp(cloud: Cloud, request: ApiRequest): ReservedIpRecord {
  const reserved = cloud.store.reservedIps.get(request.parameters["address"] ?? "");
  if (!reserved) throw notFound();
  return reserved;
}

function findTarget(cloud: Cloud, dropletId: number): DropletRecord {
  const droplet = cloud.store.droplets.get(dropletId);
  if (!droplet || droplet.destroying) throw notFound();
  return droplet;
}

function checkFree(cloud: Cloud, droplet: DropletRecord): void {
  const all = [...cloud.store.reservedIps.values()];
  if (droplet.locked || all.some(({ pendingDropletId }) => pendingDropletId === droplet.id))
    throw pendingDropletEvent();
  if (all.some(({ dropletId }) => dropletId === droplet.id)) throw unprocessable("Droplet already has a reserved IP.");
}

function assign(cloud: Cloud, reserved: ReservedIpRecord, droplet: DropletRecord): ActionRecord {
  reserved.pendingDropletId = droplet.id;
  return move(cloud, reserved, "assign_ip", cloud.latencies.reservedIpAssign, droplet.id);
}

function unassign(cloud: Cloud, reserved: ReservedIpRecord): ActionRecord {
  return move(cloud, reserved, "unassign_ip", cloud.latencies.reservedIpUnassign, undefined);
}

function move(
  cloud: Cloud,
  reserved: ReservedIpRecord,
  type: string,
  latency: number,
  dropletId: number | undefined,
): ActionRecord {
  reserved.locked = true;
  const subject = {
    type,
    resourceId: parseIpv4(reserved.address),
    resourceType: "reserved_ip",
    region: reserved.region,
    reservedIp: reserved.address,
  } as const;
  return cloud.actions.start(
    subject,
    latency,
    () => routeReservedIp(cloud, reserved, dropletId),
    () => {
      reserved.locked = false;
      reserved.pendingDropletId = undefined;
    },
  );
}

function started(cloud: Cloud, action: ActionRecord): ApiReply {
  return { status: 201, body: { action: viewAction(cloud, action) } };
}
