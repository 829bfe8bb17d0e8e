/** An image's name as podman asks for it. */
export interface ImageReference {
  /** Host name of the registry. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

const HOST = "[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+";
const COMPONENT = "[a-z0-9]+([._-]+[a-z0-9]+)*";
const REFERENCE = new RegExp(
  `^(?<registry>${HOST})/(?<repository>${COMPONENT}(/${COMPONENT})*):(?<tag>\\w[\\w.-]{0,127})$`,
);

/**
 * Reads `registry/name:tag`. Docker Hub's short names become those that it is really asked for. Throws on anything
 * else, a port included: droplets reach registries at port 443 only.
 */
export function parseImageReference(text: string): ImageReference {
  const { registry, repository, tag } = REFERENCE.exec(text)?.groups ?? {};
  if (registry === undefined || repository === undefined || tag === undefined)
    throw new Error(
      `image: must be registry/name:tag, such as ghcr.io/example/shop:1.4.2, got ${JSON.stringify(text)}`,
    );
  if (registry !== "docker.io") return { registry, repository, tag };
  const official = !repository.includes("/");
  return { registry: "registry-1.docker.io", repository: official ? `library/${repository}` : repository, tag };
}
