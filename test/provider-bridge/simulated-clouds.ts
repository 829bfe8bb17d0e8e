import { createCloudflareApi } from "../../local-cloud/api/cloudflare/server";
import { createDigitalOceanApi } from "../../local-cloud/api/digitalocean/server";
import type { TokenGrant } from "../../local-cloud/api/tokens";
import { simulatedPlatform } from "../../local-cloud/simulation/simulated-platform";

export const zoneId = "023e105f4ecef8ad9ca31a8372d0c353";

const digitalOceanToken = `dop_v1_${"0".repeat(64)}`;
const cloudflareToken = "0".repeat(40);

/** Both APIs on loopback, on a platform where nothing happens, and calls to them past Terraform. */
export class SimulatedClouds implements AsyncDisposable {
  private constructor(
    /** Where providers find the APIs. */
    readonly environment: NodeJS.ProcessEnv,
    /** Lets DigitalOcean accept one more token. */
    readonly grant: (grant: TokenGrant) => void,
    /** Counts of what exists in both accounts, by kind; kinds without any are left out. */
    readonly inventory: () => Record<string, number>,
    private readonly close: () => Promise<unknown>,
  ) {}

  static async start(): Promise<SimulatedClouds> {
    const platform = simulatedPlatform();
    const logLevel = "silent";
    const address = { host: "127.0.0.1", port: 0 };
    const digitalOcean = await createDigitalOceanApi({
      platform,
      logLevel,
      tokens: [{ token: digitalOceanToken, scopes: "full" }],
      // One account does more here in a minute than a person would.
      rateLimit: [{ requests: 100_000, seconds: 60 }],
      confirmedEmails: ["ops@example.com"],
      latencies: { reservedIpAssign: 50, reservedIpUnassign: 50 },
    });
    const cloudflare = await createCloudflareApi({
      platform,
      logLevel,
      tokens: [{ token: cloudflareToken, scopes: "full" }],
      zones: [{ id: zoneId, name: "example.com" }],
    });
    const environment = {
      DIGITALOCEAN_API_URL: await digitalOcean.listen(address),
      DIGITALOCEAN_TOKEN: digitalOceanToken,
      CLOUDFLARE_BASE_URL: `${await cloudflare.listen(address)}/client/v4`,
      CLOUDFLARE_API_TOKEN: cloudflareToken,
    };
    const inventory = () => {
      const counts = Object.entries({ ...digitalOcean.inventory(), ...cloudflare.inventory() });
      return Object.fromEntries(counts.filter(([, count]) => count > 0));
    };
    const close = () => Promise.all([digitalOcean.close(), cloudflare.close()]);
    return new SimulatedClouds(environment, (token) => digitalOcean.grant(token), inventory, close);
  }

  /** Calls the DigitalOcean API, `/v2/…`; the parsed answer, undefined if it is empty. */
  digitalOcean(method: string, path: string, body?: object): Promise<any> {
    return this.call(method, `${this.environment.DIGITALOCEAN_API_URL}${path}`, digitalOceanToken, body);
  }

  /** Calls the Cloudflare API, path after `/client/v4`. */
  cloudflare(method: string, path: string, body?: object): Promise<any> {
    return this.call(method, `${this.environment.CLOUDFLARE_BASE_URL}${path}`, cloudflareToken, body);
  }

  private async call(method: string, url: string, token: string, body?: object): Promise<any> {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
