/** A droplet as `GET /v2/droplets` gives it, as far as it is used here. */
interface DropletAnswer {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly networks: { readonly v4: ReadonlyArray<{ readonly ip_address: string; readonly type: string }> };
}

interface ReservedIpAnswer {
  readonly ip: string;
  readonly droplet: { readonly id: number; readonly name: string } | null;
  readonly locked: boolean;
}

/** The local DigitalOcean account, seen and switched through its API like any other client does. */
export class AccountView {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  async droplets(): Promise<readonly DropletAnswer[]> {
    return (await this.ask<{ droplets: DropletAnswer[] }>("GET", "/v2/droplets?per_page=200")).droplets;
  }

  async reservedIps(): Promise<readonly ReservedIpAnswer[]> {
    return (await this.ask<{ reserved_ips: ReservedIpAnswer[] }>("GET", "/v2/reserved_ips?per_page=200")).reserved_ips;
  }

  async power(dropletId: number, action: "power_off" | "power_on" | "reboot"): Promise<void> {
    await this.ask("POST", `/v2/droplets/${dropletId}/actions`, { type: action });
  }

  private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
