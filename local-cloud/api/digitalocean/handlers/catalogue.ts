import { notFound } from "../account/errors";
import { paginate } from "../account/pagination";
import { ok, type Handler } from "../account/route";
import { defaultProjectId, viewCatalogueRegion, viewImage, viewSize } from "../account/views";

/** The account itself: one team without a name. */
export const getAccount: Handler = (cloud) =>
  ok({
    account: {
      droplet_limit: cloud.dropletLimit,
      floating_ip_limit: cloud.reservedIpLimit,
      reserved_ip_limit: cloud.reservedIpLimit,
      volume_limit: 10,
      email: "local-cloud@example.com",
      name: "local cloud",
      uuid: "b6f089dbf6d9156cace5f3c78dc9851d957381ef",
      email_verified: true,
      status: "active",
      status_message: "",
      team: { uuid: "5df3e3004a17e242b7c20ca6c9fc25b701a47ece", name: "local cloud" },
    },
  });

/** `GET /v2/regions`. */
export const listRegions: Handler = (cloud, request) =>
  ok(paginate("regions", cloud.catalogue.regions, request, (region) => viewCatalogueRegion(cloud, region)));

/** `GET /v2/sizes`. */
export const listSizes: Handler = (cloud, request) =>
  ok(paginate("sizes", cloud.catalogue.sizes, request, (size) => viewSize(cloud, size)));

/** `GET /v2/images`. */
export const listImages: Handler = (cloud, request) =>
  ok(paginate("images", cloud.catalogue.images, request, (image) => viewImage(cloud, image)));

/** By id or by slug. */
export const getImage: Handler = (cloud, request) => {
  const wanted = request.parameters["image"];
  const image = cloud.catalogue.images.find(({ id, slug }) => `${id}` === wanted || slug === wanted);
  if (!image) throw notFound();
  return ok({ image: viewImage(cloud, image) });
};

/** `GET /v2/projects/default`. */
export const getDefaultProject: Handler = () =>
  ok({
    project: {
      id: defaultProjectId,
      owner_uuid: "5df3e3004a17e242b7c20ca6c9fc25b701a47ece",
      owner_id: 1,
      name: "local cloud",
      description: "everything in the local cloud",
      purpose: "Web Application",
      environment: "Development",
      is_default: true,
      created_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
    },
  });
