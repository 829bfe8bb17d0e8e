import { notFound, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { ok, type Handler } from "../account/route";
import { accountEmail, viewCatalogueRegion, viewImage, viewSize } from "../account/views";

/** The account itself: one team without a name. */
export const getAccount: Handler = (cloud) =>
  ok({
    account: {
      droplet_limit: cloud.dropletLimit,
      floating_ip_limit: cloud.reservedIpLimit,
      reserved_ip_limit: cloud.reservedIpLimit,
      volume_limit: 10,
      email: accountEmail,
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

/** All are public distributions without tags, so that what is asked for otherwise is not there. */
export const listImages: Handler = (cloud, request) => {
  const { type, private: onlyOwn, tag_name: tag } = request.query;
  if (type !== undefined && type !== "distribution" && type !== "application")
    throw unprocessable(`type must be distribution or application, got ${type}`);
  const others = type === "application" || onlyOwn === "true" || tag !== undefined;
  return ok(paginate("images", others ? [] : cloud.catalogue.images, request, (image) => viewImage(cloud, image)));
};

/** By id or by slug. */
export const getImage: Handler = (cloud, request) => {
  const wanted = request.parameters["image"];
  const image = cloud.catalogue.images.find(({ id, slug }) => `${id}` === wanted || slug === wanted);
  if (!image) throw notFound();
  return ok({ image: viewImage(cloud, image) });
};
