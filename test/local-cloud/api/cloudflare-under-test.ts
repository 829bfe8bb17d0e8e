import {
  createCloudflareApi,
  type CloudflareApi,
  type CloudflareApiOptions,
} from "../../../local-cloud/api/cloudflare/server";
import { FakeClock } from "./fake-clock";
import { httpClient, type HttpClient } from "./http-client";
import { RecordingPlatform } from "./recording-platform";

/** A Cloudflare API on a simulated platform, with a clock that the test moves, and a client with all rights. */
export interface CloudflareUnderTest extends HttpClient {
  readonly api: CloudflareApi;
  readonly url: string;
  readonly clock: FakeClock;
  readonly platform: RecordingPlatform;
  /** A client with another token. */
  as(token: string | undefined): HttpClient;
}

export const fullToken = "cf-full";
export const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";
export const zonePath = `/client/v4/zones/${zoneId}`;

/** With the zone example.com; nothing below "fatal" is logged. */
export async function startCloudflare(options: Partial<CloudflareApiOptions> = {}): Promise<CloudflareUnderTest> {
  const clock = new FakeClock();
  const platform = new RecordingPlatform();
  const api = await createCloudflareApi({
    platform: platform.platform,
    logLevel: "silent",
    clock,
    rateLimit: [{ requests: 100_000, seconds: 300 }],
    zones: [{ id: zoneId, name: "example.com" }],
    ...options,
    tokens: [{ token: fullToken, scopes: "full" }, ...(options.tokens ?? [])],
  });
  const url = await api.listen({ host: "127.0.0.1", port: 0 });
  const as = (token: string | undefined): HttpClient => httpClient(url, token);
  return { ...as(fullToken), as, api, url, clock, platform };
}
