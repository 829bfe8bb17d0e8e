import {
  createDigitalOceanApi,
  type DigitalOceanApi,
  type DigitalOceanApiOptions,
} from "../../../local-cloud/api/digitalocean/server";
import { FakeClock, settle } from "./fake-clock";
import { httpClient, type HttpClient } from "./http-client";
import { RecordingPlatform } from "./recording-platform";

/** A DigitalOcean API on a simulated platform, with a clock that the test moves, and a client with all rights. */
export interface DigitalOceanUnderTest extends HttpClient {
  readonly api: DigitalOceanApi;
  readonly url: string;
  readonly clock: FakeClock;
  readonly platform: RecordingPlatform;
  /** A client with another token. */
  as(token: string): HttpClient;
}

export const fullToken = "dop_v1_full";

/** Assignments take no time unless `options` say so; nothing below "fatal" is logged. */
export async function startDigitalOcean(options: Partial<DigitalOceanApiOptions> = {}): Promise<DigitalOceanUnderTest> {
  const clock = new FakeClock();
  const platform = new RecordingPlatform();
  const api = await createDigitalOceanApi({
    platform: platform.platform,
    logLevel: "silent",
    clock,
    rateLimit: [{ requests: 100_000, seconds: 3600 }],
    ...options,
    tokens: [{ token: fullToken, scopes: "full" }, ...(options.tokens ?? [])],
    latencies: { reservedIpAssign: 0, reservedIpUnassign: 0, ...options.latencies },
  });
  const url = await api.listen({ host: "127.0.0.1", port: 0 });
  const as = (token: string): HttpClient => httpClient(url, token);
  return { ...as(fullToken), as, api, url, clock, platform };
}

/** Makes a droplet and waits until it is active; `fields` override the order. */
export async function makeDroplet(cloud: HttpClient, fields: object = {}): Promise<Record<string, any>> {
  const order = { name: "web-1", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64", ...fields };
  const created = await cloud.call("POST", "/v2/droplets", order);
  if (created.status !== 202) throw new Error(`droplet not created: ${JSON.stringify(created.body)}`);
  await settle();
  return (await cloud.call("GET", `/v2/droplets/${created.body.droplet.id}`)).body.droplet;
}
