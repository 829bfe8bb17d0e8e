import { timestamp } from "../../clock";
import { takeAll } from "../account/addresses";
import { membershipChanged, type Cloud } from "../account/cloud";
import { badRequest, forbidden, notFound, pendingDropletEvent, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { releaseReservedIps } from "../account/reserved-ip-routing";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { ActionRecord, DropletRecord, VpcRecord } from "../account/store";
import { viewDroplet } from "../account/views";
import { tryFindSshKey } from "./ssh-keys";
import { checkTagName, ensureTag } from "./tags";
import { vpcOrDefault } from "./vpcs";

const namePattern = /^[a-zA-Z0-9]$|^[a-zA-Z0-9][a-zA-Z0-9.-]{0,253}[a-zA-Z0-9]$/;
const largestUserDataBytes = 64 * 1024;

/** One droplet by `name`, or several alike by `names`. Tags that do not exist yet are made. */
export const createDroplets: Handler = (cloud, request) => {
  const several = request.body.has("names");
  const names = several ? request.body.texts("names") : [request.body.text("name")];
  const order = readOrder(cloud, request, names);
  const created = names.map((name) => createDroplet(cloud, name, order));
  membershipChanged(cloud);
  const links = {
    actions: created.map(({ action }) => ({
      id: action.id,
      rel: "create",
      href: `https://api.digitalocean.com/v2/actions/${action.id}`,
    })),
  };
  const views = created.map(({ droplet }) => viewDroplet(cloud, droplet));
  return { status: 202, body: several ? { droplets: views, links } : { droplet: views[0], links } };
};

/** `GET /v2/droplets/:droplet`. */
export const getDroplet: Handler = (cloud, request) => ok({ droplet: viewDroplet(cloud, findDroplet(cloud, request)) });

/** All, or those of `?tag_name=` (which needs tag:read as well), or those of exactly `?name=`, whatever its case. */
export const listDroplets: Handler = (cloud, request) => {
  const { tag_name: tag, name, type } = request.query;
  if (tag !== undefined && !request.may("tag:read")) throw forbidden();
  if (tag !== undefined && name !== undefined) throw badRequest("name and tag_name can not be combined");
  if (type !== undefined && type !== "droplets" && type !== "gpus")
    throw unprocessable(`type must be droplets or gpus, got ${type}`);
  const shown = (tag === undefined ? [...cloud.store.droplets.values()] : cloud.store.dropletsWithTag(tag)).filter(
    (droplet) => type !== "gpus" && (name === undefined || droplet.name.toLowerCase() === name.toLowerCase()),
  );
  return ok(paginate("droplets", shown, request, (droplet) => viewDroplet(cloud, droplet)));
};

/** Refused while an action is under way. The droplet is shown until its machine is gone. */
export const deleteDroplet: Handler = (cloud, request) => {
  const droplet = findDroplet(cloud, request);
  if (droplet.destroying) return noContent;
  if (droplet.locked) throw pendingDropletEvent();
  destroyDroplet(cloud, droplet);
  return noContent;
};

/** All droplets of `?tag_name=`, or none if one of them has an action under way. */
export const deleteDropletsByTag: Handler = (cloud, request) => {
  const tag = request.query["tag_name"];
  if (tag === undefined) throw badRequest("tag_name is required");
  const droplets = cloud.store.dropletsWithTag(tag).filter(({ destroying }) => !destroying);
  if (droplets.some(({ locked }) => locked)) throw pendingDropletEvent();
  for (const droplet of droplets) destroyDroplet(cloud, droplet);
  return noContent;
};

/** The droplet that the path names. */
export function findDroplet(cloud: Cloud, request: ApiRequest): DropletRecord {
  const droplet = cloud.store.droplets.get(Number(request.parameters["droplet"]));
  if (!droplet) throw notFound();
  return droplet;
}

/** Droplet and host names: letters, digits, dashes and periods. */
export function checkDropletName(name: string): string {
  if (!namePattern.test(name))
    throw unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)");
  return name;
}

type Order = Pick<
  DropletRecord,
  "region" | "image" | "size" | "disk" | "features" | "userData" | "publicKeys" | "tags"
> & {
  readonly vpc: VpcRecord;
};

function readOrder(cloud: Cloud, request: ApiRequest, names: readonly string[]): Order {
  const { body } = request;
  names.forEach(checkDropletName);
  if (names.length < 1 || names.length > 10) throw unprocessable("names must hold 1 to 10 names");
  if (cloud.store.droplets.size + names.length > cloud.dropletLimit) {
    throw unprocessable("creating this/these droplet(s) will exceed your droplet limit");
  }
  for (const [field, scope] of [
    ["image", "image:read"],
    ["ssh_keys", "ssh_key:read"],
    ["tags", "tag:create"],
    ["vpc_uuid", "vpc:read"],
  ] as const) {
    const given = body.has(field) && (!Array.isArray(body.raw(field)) || body.list(field).length > 0);
    if (given && !request.may(scope)) throw forbidden();
  }
  const wantedRegion = body.optionalText("region") ?? cloud.catalogue.regions[0]?.slug ?? "";
  const region = cloud.catalogue.regions.find(({ slug }) => slug.startsWith(wantedRegion));
  if (!region) throw unprocessable("You specified an invalid region for Droplet creation.");
  const size = cloud.catalogue.sizes.find(({ slug }) => slug === body.text("size"));
  if (!size) throw unprocessable("You specified an invalid size for Droplet creation.");
  const image = cloud.catalogue.images.find(({ id, slug }) =>
    [id, slug, `${id}`].includes(body.raw("image") as string),
  );
  if (!image) throw unprocessable("You specified an invalid image for Droplet creation.");
  const userData = body.optionalText("user_data") ?? "";
  if (Buffer.byteLength(userData) > largestUserDataBytes) throw unprocessable("User data may not exceed 64 KiB");
  const publicKeys = readPublicKeys(cloud, body.list("ssh_keys"));
  const tagNames = body.texts("tags").map((name) => checkTagName(name));
  // Last, because these two make what they do not find, which a refused order must not.
  const vpc = vpcOrDefault(cloud, body.optionalText("vpc_uuid"), region.slug);
  const tags = tagNames.map((name) => ensureTag(cloud, name).name);
  return {
    region: region.slug,
    size: size.slug,
    disk: size.disk,
    image,
    userData,
    publicKeys,
    tags: [...new Set(tags)],
    features: [
      ...(body.flag("with_droplet_agent", true) ? ["droplet_agent"] : []),
      "private_networking",
      ...(body.flag("monitoring", false) ? ["monitoring"] : []),
      ...(body.flag("backups", false) ? ["backups"] : []),
    ],
    vpc,
  };
}

function readPublicKeys(cloud: Cloud, identifiers: readonly unknown[]): string[] {
  const keys = identifiers.map((identifier) => ({ identifier, key: tryFindSshKey(cloud, `${identifier}`) }));
  const unknown = keys.filter(({ key }) => key === undefined).map(({ identifier }) => identifier);
  if (unknown.length > 0)
    throw unprocessable(`${unknown.join(", ")} are invalid key identifiers for Droplet creation.`);
  return keys.flatMap(({ key }) => (key ? [key.publicKey] : []));
}

function createDroplet(cloud: Cloud, name: string, order: Order): { droplet: DropletRecord; action: ActionRecord } {
  const { vpc, ...fields } = order;
  const droplet: DropletRecord = {
    ...fields,
    id: cloud.store.nextNumber(500_000_000),
    name,
    vpcId: vpc.id,
    createdAt: timestamp(cloud.clock.now()),
    ...takeAddresses(cloud, vpc),
    status: "new",
    locked: true,
    destroying: false,
  };
  cloud.store.droplets.set(droplet.id, droplet);
  const subject = { type: "create", resourceId: droplet.id, resourceType: "droplet", region: order.region } as const;
  const action = cloud.actions.start(
    subject,
    cloud.latencies.dropletCreate,
    () => boot(cloud, droplet, vpc),
    () => {
      droplet.locked = false;
    },
  );
  return { droplet, action };
}

type DropletAddresses = Pick<DropletRecord, "publicAddress" | "anchorAddress" | "privateAddress">;

/** All three or none. */
function takeAddresses(cloud: Cloud, vpc: VpcRecord): DropletAddresses {
  const [publicAddress, anchorAddress, privateAddress] = takeAll([
    cloud.addresses.droplets,
    cloud.addresses.anchors,
    cloud.addresses.ofVpc(vpc),
  ]);
  return { publicAddress, anchorAddress, privateAddress };
}

/** Firewalls first, so that no machine is on the network for a moment without them. */
async function boot(cloud: Cloud, droplet: DropletRecord, vpc: VpcRecord): Promise<void> {
  const size = cloud.catalogue.sizes.find(({ slug }) => slug === droplet.size);
  try {
    await cloud.firewalls.settled(droplet.id);
    await cloud.platform.machines.create({
      id: droplet.id,
      name: droplet.name,
      image: droplet.image.slug,
      region: droplet.region,
      memoryMiB: size?.memory ?? 0,
      vcpus: size?.vcpus ?? 1,
      vpc: { uuid: vpc.id, ipRange: vpc.ipRange },
      publicAddress: droplet.publicAddress,
      anchorAddress: droplet.anchorAddress,
      privateAddress: droplet.privateAddress,
      userData: droplet.userData,
      publicKeys: droplet.publicKeys,
      tags: droplet.tags,
    });
  } catch (error) {
    // A droplet that could not be made vanishes: clients that wait for "active" then end with 404, not with a time-out.
    destroyDroplet(cloud, droplet);
    throw error;
  }
  droplet.status = "active";
}

function destroyDroplet(cloud: Cloud, droplet: DropletRecord): void {
  droplet.destroying = true;
  void (async () => {
    try {
      await cloud.platform.machines.destroy(droplet.id);
    } catch (error) {
      droplet.destroying = false;
      cloud.log.error({ err: error, droplet: droplet.id }, "the platform could not destroy a droplet");
      return;
    }
    if (cloud.latencies.dropletDestroy > 0) await cloud.clock.sleep(cloud.latencies.dropletDestroy);
    await forgetDroplet(cloud, droplet);
  })();
}

async function forgetDroplet(cloud: Cloud, droplet: DropletRecord): Promise<void> {
  cloud.store.droplets.delete(droplet.id);
  const member = { vpcId: droplet.vpcId };
  cloud.store.lingeringMembers.add(member);
  const vpc = cloud.store.vpcs.get(droplet.vpcId);
  membershipChanged(cloud);
  await releaseReservedIps(cloud, droplet.id);
  cloud.addresses.droplets.free(droplet.publicAddress);
  cloud.addresses.anchors.free(droplet.anchorAddress);
  if (vpc) cloud.addresses.ofVpc(vpc).free(droplet.privateAddress);
  if (cloud.latencies.vpcMemberLinger > 0) await cloud.clock.sleep(cloud.latencies.vpcMemberLinger);
  cloud.store.lingeringMembers.delete(member);
}
