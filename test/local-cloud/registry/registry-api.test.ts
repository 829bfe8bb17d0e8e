import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ImageLayout } from "../../../local-cloud/registry/image-layout";
import { createRegistryApi } from "../../../local-cloud/registry/registry-api";
import { RegistryLogins } from "../../../local-cloud/registry/registry-logins";
import { emptyLayout, layoutWithImage } from "./layout-for-tests";

const shop = { registry: "ghcr.io", repository: "example/shop", tag: "1" };

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let layout: ImageLayout;
let api: ReturnType<typeof createRegistryApi>;

beforeAll(async () => {
  layout = await emptyLayout();
  await layout.add(shop, await layoutWithImage("files"));
  api = createRegistryApi(layout);
  await api.listen({ host: "127.0.0.1", port: 0 });
});

afterAll(() => api.close());

/** As podman asks for an image of ghcr.io. */
async function ask(path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  const { port } = api.server.address() as AddressInfo;
  const to = { host: "127.0.0.1", port, path, method, agent: false };
  const call = request({ ...to, headers: { host: "ghcr.io", ...headers } }).end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test("says that it is a registry, and asks for no token", async () => {
  const { status, headers } = await ask("/v2/");
  expect(status).toBe(200);
  expect(headers).toMatchObject({ "docker-distribution-api-version": "registry/2.0" });
});

test("an image is pulled as podman does: manifest by tag, then its blobs by digest", async () => {
  const answer = await ask("/v2/example/shop/manifests/1");
  expect(answer.headers).toMatchObject({ "content-type": "application/vnd.oci.image.manifest.v1+json" });
  const { config, layers } = JSON.parse(answer.body) as Record<string, { digest: string }> & {
    layers: { digest: string; size: number }[];
  };
  expect((await ask(`/v2/example/shop/blobs/${config!.digest}`)).body).toContain("diff_ids");
  const layer = await ask(`/v2/example/shop/blobs/${layers[0]!.digest}`);
  expect(layer.body).toBe("files");
  expect(layer.headers).toMatchObject({ "docker-content-digest": layers[0]!.digest, "content-length": "5" });
});

test("an image is pulled by digest, too, and asked about with HEAD", async () => {
  const { digest } = (await layout.tryFind(shop))!;
  expect((await ask(`/v2/example/shop/manifests/${digest}`)).status).toBe(200);
  const { status, headers, body } = await ask("/v2/example/shop/manifests/1", "HEAD");
  expect([status, body]).toEqual([200, ""]);
  expect(headers).toMatchObject({ "docker-content-digest": digest });
});

test.each([
  ["/v2/example/shop/manifests/2", "MANIFEST_UNKNOWN", "push-image ghcr.io/example/shop:2 FILE"],
  ["/v2/example/other/manifests/1", "MANIFEST_UNKNOWN", "push-image ghcr.io/example/other:1 FILE"],
  [`/v2/example/shop/manifests/sha256:${"0".repeat(64)}`, "MANIFEST_UNKNOWN", "sha256"],
  [`/v2/example/shop/blobs/sha256:${"0".repeat(64)}`, "BLOB_UNKNOWN", "sha256"],
  ["/v2/example/shop/blobs/..%2f..%2findex.json", "UNSUPPORTED", "no such path"],
  ["/v2/_catalog", "UNSUPPORTED", "no such path"],
])("fails to find %s, and says what to do", async (url, code, message) => {
  const { status, body } = await ask(url);
  expect(status).toBe(404);
  expect(JSON.parse(body)).toEqual({ errors: [{ code, message: expect.stringContaining(message) as string }] });
});

test("fails to take in an image, and says how one gets in", async () => {
  const { status, body } = await ask("/v2/example/shop/manifests/1", "PUT");
  expect(status).toBe(405);
  expect(body).toContain("./run local push-image NAME:TAG FILE");
});

test("a registry that asks for a login gives images to nobody else, and others ask for none", async () => {
  const host = "private.example.com";
  await layout.add({ ...shop, registry: host }, await layoutWithImage("files"));
  new RegistryLogins(layout.directory).set(host, { user: "robot", password: "pass:word" });
  const pull = (login?: string) =>
    ask("/v2/example/shop/manifests/1", "GET", {
      host,
      ...(login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
    });
  expect((await pull("robot:pass:word")).status).toBe(200);
  for (const login of [undefined, "robot:wrong", "other:pass:word", ""]) {
    const { status, headers, body } = await pull(login);
    expect(status).toBe(401);
    expect(headers).toMatchObject({ "www-authenticate": `Basic realm="${host}"` });
    expect(JSON.parse(body)).toEqual({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] });
  }
  expect((await ask("/v2/example/shop/manifests/1")).status).toBe(200);
});
