import type { AddressInfo } from "node:net";
import { createMetadataServer } from "../../../local-cloud/metadata/metadata-server";
import { exampleDroplet } from "../machines/example-droplet";

async function ask(find: Parameters<typeof createMetadataServer>[0], path: string, init?: RequestInit) {
  const server = createMetadataServer(find);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init);
  } finally {
    server.close();
  }
}

const subject = { droplet: exampleDroplet(1), reservedIp: undefined };

test("the metadata service knows its caller by the source address", async () => {
  const asked: string[] = [];
  const response = await ask((address) => (asked.push(address), subject), "/metadata/v1/id");
  expect([response.status, await response.text(), asked]).toEqual([200, "101", ["127.0.0.1"]]);
});

test("the metadata service has nothing for a stranger", async () => {
  expect((await ask(() => undefined, "/metadata/v1/id")).status).toBe(404);
});

test("the metadata service can only be read", async () => {
  expect((await ask(() => subject, "/metadata/v1/id", { method: "PUT" })).status).toBe(405);
});
