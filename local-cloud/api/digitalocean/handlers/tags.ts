import { membershipChanged, type Cloud } from "../account/cloud";
import { invalidTag, notEmulated, notFound, unprocessable, type ApiError } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import { hasTag, type TagRecord } from "../account/store";

const tagPattern = /^[a-zA-Z0-9:\-_]{1,255}$/;

/** Makes a tag, or answers with the one that exists already. */
export const createTag: Handler = (cloud, request) => {
  const name = checkTagName(request.body.text("name"), invalidTag);
  return { status: 201, body: { tag: viewTag(cloud, ensureTag(cloud, name)) } };
};

/** `GET /v2/tags/:tag`. */
export const getTag: Handler = (cloud, request) => ok({ tag: viewTag(cloud, findTag(cloud, request)) });

/** `GET /v2/tags`. */
export const listTags: Handler = (cloud, request) =>
  ok(paginate("tags", [...cloud.store.tags.values()], request, (tag) => viewTag(cloud, tag)));

/** Removes the tag from everything that carries it; the resources stay. */
export const deleteTag: Handler = (cloud, request) => {
  const tag = findTag(cloud, request);
  cloud.store.tags.delete(tag.name.toLowerCase());
  for (const resource of taggable(cloud)) resource.tags = without(resource.tags, tag.name);
  membershipChanged(cloud);
  return noContent;
};

/** `POST /v2/tags/:tag/resources`. */
export const tagResources: Handler = (cloud, request) => {
  const tag = findTag(cloud, request);
  for (const { resource, uri } of namedResources(cloud, request)) {
    if (!hasTag(resource.tags, tag.name)) resource.tags = [...resource.tags, tag.name];
    tag.lastTaggedUri = uri;
  }
  membershipChanged(cloud);
  return noContent;
};

/** `DELETE /v2/tags/:tag/resources`. */
export const untagResources: Handler = (cloud, request) => {
  const tag = findTag(cloud, request);
  for (const { resource } of namedResources(cloud, request)) resource.tags = without(resource.tags, tag.name);
  membershipChanged(cloud);
  return noContent;
};

/** Returns the tag of that name, made now if it is new: droplets and databases create their tags like this. */
export function ensureTag(cloud: Cloud, name: string): TagRecord {
  const known = cloud.store.tags.get(checkTagName(name).toLowerCase());
  if (known) return known;
  const tag: TagRecord = { name, lastTaggedUri: undefined };
  cloud.store.tags.set(name.toLowerCase(), tag);
  return tag;
}

/** Returns the name if it can be one of a tag. */
export function checkTagName(name: string, refusal = unprocessable): string {
  if (tagPattern.test(name)) return name;
  throw refusal(`tag ${name}: must be 1 to 255 letters, digits, colons, dashes or underscores`);
}

/** Refuses tags that do not exist, as firewalls do. */
export function checkTagsExist(
  cloud: Cloud,
  names: readonly string[],
  refusal: (message: string) => ApiError = unprocessable,
): void {
  const missing = names.filter((name) => !cloud.store.tags.has(name.toLowerCase()));
  if (missing.length > 0) throw refusal(`tags must exist: ${missing.join(", ")} not found`);
}

interface Taggable {
  tags: string[];
}

function taggable(cloud: Cloud): Taggable[] {
  return [...cloud.store.droplets.values(), ...cloud.store.databaseServers()];
}

function namedResources(
  cloud: Cloud,
  request: ApiRequest,
): Array<{ readonly resource: Taggable; readonly uri: string }> {
  return request.body.objects("resources").map((named) => {
    const type = named.choice("resource_type", ["droplet", "database", "image", "volume", "volume_snapshot"]);
    if (type !== "droplet" && type !== "database") throw notEmulated(`tags of a ${type} are not emulated`);
    const id = `${named.raw("resource_id")}`;
    const resource: Taggable | undefined =
      type === "droplet"
        ? cloud.store.droplets.get(Number(id))
        : cloud.store.databaseServers().find((server) => server.id === id);
    if (!resource) throw notFound();
    return { resource, uri: `https://api.digitalocean.com/v2/${type}s/${id}` };
  });
}

/** In a path a tag is written as it was first written. */
function findTag(cloud: Cloud, request: ApiRequest): TagRecord {
  const name = request.parameters["tag"] ?? "";
  const tag = cloud.store.tags.get(name.toLowerCase());
  if (tag?.name !== name) throw notFound();
  return tag;
}

function without(tags: readonly string[], name: string): string[] {
  return tags.filter((tag) => tag.toLowerCase() !== name.toLowerCase());
}

function viewTag(cloud: Cloud, tag: TagRecord): Record<string, unknown> {
  const droplets = cloud.store.dropletsWithTag(tag.name).length;
  const databases = cloud.store.databaseServers().filter(({ tags }) => hasTag(tags, tag.name)).length;
  const last = tag.lastTaggedUri === undefined ? {} : { last_tagged_uri: tag.lastTaggedUri };
  return {
    name: tag.name,
    resources: {
      count: droplets + databases,
      ...last,
      droplets: { count: droplets, ...(tag.lastTaggedUri?.includes("/droplets/") && last) },
      images: { count: 0 },
      volumes: { count: 0 },
      volume_snapshots: { count: 0 },
      databases: { count: databases, ...(tag.lastTaggedUri?.includes("/databases/") && last) },
    },
  };
}
