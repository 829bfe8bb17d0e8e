/**
 * Every address of the local cloud. All are from ranges for documentation (RFC 5737) or for private use, and exist only
 * inside the cloud's network namespaces.
 */
export const addressPlan = {
  /** Where operators, visitors and Terraform are: the namespace `internet`. */
  internet: { range: "192.0.2.0/24", gateway: "192.0.2.1", host: "192.0.2.2" },
  /** Services of the cloud itself. */
  digitalOceanApi: "192.0.2.10",
  cloudflareApi: "192.0.2.11",
  packageMirror: "192.0.2.12",
  nameServer: "192.0.2.53",
  metadata: "169.254.169.254",
  reserved: { range: "198.51.100.0/26", first: "198.51.100.10" },
  /** Cloudflare: where it serves proxied names, and the locations that it asks origins from. The namespace `edge`. */
  edge: {
    range: "198.51.100.192/26",
    gateway: "198.51.100.254",
    host: "198.51.100.193",
    locations: ["198.51.100.201", "198.51.100.202", "198.51.100.203"],
  },
  /** First addresses of droplets; database nodes have those from .200 to .249. */
  public: {
    range: "203.0.113.0/24",
    netmask: "255.255.255.0",
    gateway: "203.0.113.1",
    droplets: { first: "203.0.113.10", last: "203.0.113.199" },
    databases: { first: "203.0.113.200", last: "203.0.113.249" },
  },
  /** Second addresses of droplets, which reserved IPs lead to. */
  anchor: { range: "10.17.0.0/16", netmask: "255.255.0.0", gateway: "10.17.0.1", first: "10.17.0.10" },
} as const;

/** Names that the cloud's own services have in its DNS from the start. */
export const serviceNames: Readonly<Record<string, readonly string[]>> = {
  "api.digitalocean.com": [addressPlan.digitalOceanApi],
  "api.cloudflare.com": [addressPlan.cloudflareApi],
  "deb.debian.org": [addressPlan.packageMirror],
  "security.debian.org": [addressPlan.packageMirror],
  "mirrors.digitalocean.com": [addressPlan.packageMirror],
};

/** The hardware addresses of a node's interfaces: fixed, because cloud-init finds interfaces by them. */
export function macAddresses(publicAddress: string): { readonly public: string; readonly private: string } {
  const suffix = publicAddress
    .split(".")
    .map((byte) => Number(byte).toString(16).padStart(2, "0"))
    .join(":");
  return { public: `02:00:${suffix}`, private: `02:01:${suffix}` };
}
