import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followApiFailures } from "../../../local-cloud/cli/api-failures";
import { ControlClient } from "../../../local-cloud/client/control-client";
import { type ControlServerParts, createControlServer } from "../../../local-cloud/daemon/control-server";
import { waitUntil } from "../../../programs/wait-until";
import { type CloudflareUnderTest, startCloudflare } from "../api/cloudflare-under-test";

const request = {
  csr: "-----BEGIN CERTIFICATE REQUEST-----\n",
  hostnames: ["www.example.com"],
  request_type: "origin-ecc",
};

let directory: string;
let cloudflare: CloudflareUnderTest;
let server: ReturnType<typeof createControlServer>;
let control: ControlClient;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "control-"));
  const apiFailures: string[] = [];
  cloudflare = await startCloudflare({ onFailure: (failure) => apiFailures.push(failure) });
  server = createControlServer({ apiFailures } as unknown as ControlServerParts);
  const path = join(directory, "control.sock");
  await server.listen({ path });
  control = new ControlClient(path);
});

afterEach(async () => {
  await server.close();
  await cloudflare.api.close();
  await rm(directory, { recursive: true });
});

function signingFailsWith(message: string): void {
  cloudflare.platform.onCall("edge.signOriginCertificate", async () => {
    throw new Error(message);
  });
}

test("a handler that throws is said while a deployment runs, once, and not what failed before it", async () => {
  signingFailsWith("before the deployment");
  await cloudflare.call("POST", "/client/v4/certificates", request);
  const lines: string[] = [];
  let asked = 0;
  let running = true;
  const counted = { apiFailures: () => control.apiFailures().finally(() => asked++) };
  const followed = followApiFailures(counted, { say: (line) => lines.push(line) }, () => running);
  await waitUntil("first question", 60, () => asked > 0);

  signingFailsWith("certificate request:\n  is not signed");
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await cloudflare.call("POST", "/client/v4/certificates?retry=1", request)).toMatchObject({ status: 500 });
  }
  // What Cloudflare itself would refuse is no fault of the local cloud.
  await cloudflare.call("POST", "/client/v4/certificates", {});
  const questions = asked;
  await waitUntil("question after the failures", 60, () => asked > questions + 1);
  running = false;
  await followed;

  expect(lines).toEqual([
    "  the local cloud's own fault: POST /client/v4/certificates: certificate request: is not signed (daemon.log)",
  ]);
});

test("a daemon that does not answer does not end the deployment", async () => {
  const lines: string[] = [];
  let asked = 0;
  const nobody = { apiFailures: () => Promise.reject(new Error(`no daemon (${++asked})`)) };
  await followApiFailures(nobody, { say: (line) => lines.push(line) }, () => asked < 2);
  expect([asked, lines]).toEqual([2, []]);
});
