/** What a running local cloud says about itself: the answer of `GET /status`, and of `./run local status --json`. */
export interface CloudStatus {
  readonly droplets: readonly DropletStatus[];
  readonly databases: readonly DatabaseNodeStatus[];
  readonly reservedIps: ReadonlyArray<{
    readonly address: string;
    readonly droplet: string | undefined;
    /** While a node is replaced two droplets have its name: this says which of them is meant. */
    readonly dropletId: number | undefined;
    /** It is on its way to another droplet. */
    readonly moving: boolean;
  }>;
  /** Names that the edge serves. */
  readonly hostnames: readonly string[];
  /** How many objects of each kind the accounts hold; kinds without any are left out. */
  readonly objects: Readonly<Record<string, number>>;
}

export interface DropletStatus {
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
  /** As in DigitalOcean's API: `new`, `active`, `off`. */
  readonly status: string;
  readonly publicAddress: string;
  readonly privateAddress: string;
  /** `waiting` until the guest has said anything. */
  readonly cloudInit: "waiting" | "running" | "done" | "error";
  /** What cloud-init is at, or its errors. */
  readonly detail: string | undefined;
}

export interface DatabaseNodeStatus {
  readonly cluster: string;
  readonly node: string;
  readonly role: "primary" | "standby" | "replica";
  readonly publicAddress: string;
  readonly privateAddress: string;
  readonly power: "on" | "off" | "frozen";
  readonly running: boolean;
  /** WAL that it has not applied yet; left out for a primary, and while it does not stream. */
  readonly lagBytes?: number;
}
