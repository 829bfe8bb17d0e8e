import type { Cloud } from "../account/cloud";
import { badRequest, notEmulated, pendingDropletEvent, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { ok, type ApiRequest, type Handler } from "../account/route";
import type { ActionRecord, DropletRecord } from "../account/store";
import { viewAction } from "../account/views";
import { findAction, newestFirst } from "./actions";
import { checkDropletName, findDroplet } from "./droplets";

const emulatedTypes = ["power_off", "power_on", "shutdown", "reboot", "power_cycle", "rename", "resize"] as const;
type ActionType = (typeof emulatedTypes)[number];
/** What DigitalOcean's droplets can do besides. */
const otherTypes = [
  "enable_backups",
  "disable_backups",
  "change_backup_policy",
  "restore",
  "password_reset",
  "rebuild",
  "change_kernel",
  "enable_ipv6",
  "snapshot",
];

/** Answers at once; the action then runs, and keeps others out unless it is a shutdown, which only asks the guest. */
export const postDropletAction: Handler = (cloud, request) => ({
  status: 201,
  body: { action: viewAction(cloud, startAction(cloud, request, findDroplet(cloud, request))) },
});

/** The same for all droplets of `?tag_name=`. */
export const postDropletActionByTag: Handler = (cloud, request) => {
  const tag = request.query["tag_name"];
  if (tag === undefined) throw badRequest("tag_name is required");
  const started = cloud.store.dropletsWithTag(tag).map((droplet) => startAction(cloud, request, droplet));
  return { status: 201, body: { actions: started.map((action) => viewAction(cloud, action)) } };
};

/** `GET /v2/droplets/:droplet/actions`. */
export const listDropletActions: Handler = (cloud, request) => {
  const droplet = findDroplet(cloud, request);
  const actions = newestFirst(cloud, (action) => isAbout(action, droplet));
  return ok(paginate("actions", actions, request, (action) => viewAction(cloud, action)));
};

/** `GET /v2/droplets/:droplet/actions/:action`. */
export const getDropletAction: Handler = (cloud, request) => {
  const droplet = findDroplet(cloud, request);
  const action = findAction(cloud, request.parameters["action"], (candidate) => isAbout(candidate, droplet));
  return ok({ action: viewAction(cloud, action) });
};

function isAbout(action: ActionRecord, droplet: DropletRecord): boolean {
  return action.resourceType === "droplet" && action.resourceId === droplet.id;
}

function startAction(cloud: Cloud, request: ApiRequest, droplet: DropletRecord): ActionRecord {
  const type = request.body.choice("type", [...emulatedTypes, ...otherTypes]);
  if (!isEmulated(type)) {
    throw notEmulated(`droplet action ${type} is not emulated by the local cloud; known: ${emulatedTypes.join(", ")}`);
  }
  if (droplet.locked || droplet.destroying) throw pendingDropletEvent();
  const subject = { type, resourceId: droplet.id, resourceType: "droplet", region: droplet.region } as const;
  const work = workOf(cloud, request, droplet, type);
  if (type === "shutdown") return cloud.actions.start(subject, 0, work, () => undefined);
  droplet.locked = true;
  return cloud.actions.start(subject, cloud.latencies.dropletAction, work, () => {
    droplet.locked = false;
  });
}

function isEmulated(type: string): type is ActionType {
  return (emulatedTypes as readonly string[]).includes(type);
}

/** Checks what can be refused now and returns what is then done. */
function workOf(cloud: Cloud, request: ApiRequest, droplet: DropletRecord, type: ActionType): () => Promise<void> {
  const { machines } = cloud.platform;
  switch (type) {
    case "power_off":
      return async () => {
        await machines.powerOff(droplet.id);
        droplet.status = "off";
      };
    case "power_on":
      return async () => {
        await machines.powerOn(droplet.id);
        droplet.status = "active";
      };
    case "shutdown":
      return async () => {
        if (droplet.status === "off") return;
        await machines.shutDown(droplet.id, cloud.shutdownLimitSeconds);
        droplet.status = "off";
      };
    case "reboot":
      checkPoweredOn(droplet);
      return () => machines.reboot(droplet.id);
    case "power_cycle":
      checkPoweredOn(droplet);
      return async () => {
        await machines.powerOff(droplet.id);
        await machines.powerOn(droplet.id);
        droplet.status = "active";
      };
    case "rename": {
      const name = checkDropletName(request.body.text("name"));
      return async () => {
        droplet.name = name;
      };
    }
    case "resize":
      return resizeWork(cloud, request, droplet);
  }
}

function checkPoweredOn(droplet: DropletRecord): void {
  if (droplet.status === "off") {
    throw unprocessable("Droplet is currently powered off. Please power it on to run this event.");
  }
}

/** The droplet must be off. Without `disk` only memory and CPUs change; a disk never shrinks. */
function resizeWork(cloud: Cloud, request: ApiRequest, droplet: DropletRecord): () => Promise<void> {
  const size = cloud.catalogue.sizes.find(({ slug }) => slug === request.body.text("size"));
  if (!size) throw unprocessable("This size is not available in this region.");
  if (droplet.status !== "off") throw unprocessable("Droplet must be powered off before it can be resized.");
  if (size.disk < droplet.disk) throw unprocessable("This size is not available because it has a smaller disk.");
  const withDisk = request.body.flag("disk", false);
  return async () => {
    droplet.size = size.slug;
    if (withDisk) droplet.disk = size.disk;
  };
}
