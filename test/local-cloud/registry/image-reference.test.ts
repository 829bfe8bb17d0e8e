import { parseImageReference } from "../../../local-cloud/registry/image-reference";

test("a reference is a registry, a name and a tag", () =>
  expect(parseImageReference("ghcr.io/example/shop:1.4.2")).toEqual({
    registry: "ghcr.io",
    repository: "example/shop",
    tag: "1.4.2",
  }));

test.each([
  ["docker.io/library/nginx:1", "library/nginx"],
  ["docker.io/nginx:1", "library/nginx"],
  ["docker.io/example/shop:1", "example/shop"],
])("%s is asked for at Docker Hub's registry as %s", (text, repository) =>
  expect(parseImageReference(text)).toEqual({ registry: "registry-1.docker.io", repository, tag: "1" }),
);

test.each([
  "shop:1",
  "example/shop:1",
  "ghcr.io/example/shop",
  "ghcr.io:5000/shop:1",
  "localhost/shop:1",
  "GHCR.io/shop:1",
  "ghcr.io/../shop:1",
  "ghcr.io/shop@sha256:00",
  "",
])("fails for %j", (text) =>
  expect(() => parseImageReference(text)).toThrow(
    `image: must be registry/name:tag, such as ghcr.io/example/shop:1.4.2, got ${JSON.stringify(text)}`,
  ),
);
