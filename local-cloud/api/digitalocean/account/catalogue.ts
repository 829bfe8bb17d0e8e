/** A data centre. */
export interface Region {
  readonly slug: string;
  readonly name: string;
}

/** A droplet size; memory in MiB, disk in GiB, transfer in TiB, prices in US dollars. */
export interface Size {
  readonly slug: string;
  readonly memory: number;
  readonly vcpus: number;
  readonly disk: number;
  readonly transfer: number;
  readonly priceMonthly: number;
  readonly priceHourly: number;
  readonly description: string;
}

/** A public image. */
export interface Image {
  readonly id: number;
  readonly slug: string;
  readonly distribution: string;
  readonly name: string;
  readonly createdAt: string;
}

/** A plan of managed databases; memory and storage in MiB. */
export interface DatabaseSize {
  readonly slug: string;
  readonly memory: number;
  readonly storage: number;
  readonly largestNodeCount: number;
}

/** What can be ordered, everywhere: every size and image is offered in every region. */
export interface Catalogue {
  readonly regions: readonly Region[];
  readonly sizes: readonly Size[];
  readonly images: readonly Image[];
  readonly databaseSizes: readonly DatabaseSize[];
}

/**
 * A part of DigitalOcean's offer, enough for this kind of site. Slugs are the vendor's; prices are those of its public
 * list in 2025 and carry no promise.
 */
export const defaultCatalogue: Catalogue = {
  regions: [
    { slug: "nyc1", name: "New York 1" },
    { slug: "nyc3", name: "New York 3" },
    { slug: "ams3", name: "Amsterdam 3" },
    { slug: "sfo3", name: "San Francisco 3" },
    { slug: "sgp1", name: "Singapore 1" },
    { slug: "lon1", name: "London 1" },
    { slug: "fra1", name: "Frankfurt 1" },
    { slug: "tor1", name: "Toronto 1" },
    { slug: "blr1", name: "Bangalore 1" },
    { slug: "syd1", name: "Sydney 1" },
  ],
  sizes: [
    size("s-1vcpu-512mb-10gb", 512, 1, 10, 0.5, 4, 0.00595, "Basic"),
    size("s-1vcpu-1gb", 1024, 1, 25, 1, 6, 0.00893, "Basic"),
    size("s-1vcpu-2gb", 2048, 1, 50, 2, 12, 0.01786, "Basic"),
    size("s-2vcpu-2gb", 2048, 2, 60, 3, 18, 0.02679, "Basic"),
    size("s-2vcpu-4gb", 4096, 2, 80, 4, 24, 0.03571, "Basic"),
    size("s-4vcpu-8gb", 8192, 4, 160, 5, 48, 0.07143, "Basic"),
    size("s-8vcpu-16gb", 16384, 8, 320, 6, 96, 0.14286, "Basic"),
    size("c-2", 4096, 2, 25, 4, 42, 0.0625, "CPU-Optimized"),
    size("c-4", 8192, 4, 50, 5, 84, 0.125, "CPU-Optimized"),
    size("g-2vcpu-8gb", 8192, 2, 25, 4, 63, 0.09375, "General Purpose"),
  ],
  images: [
    { id: 159651797, slug: "debian-12-x64", distribution: "Debian", name: "12 x64", createdAt: "2025-06-30T09:00:00Z" },
    { id: 195932981, slug: "debian-13-x64", distribution: "Debian", name: "13 x64", createdAt: "2025-10-15T09:00:00Z" },
    {
      id: 155133621,
      slug: "ubuntu-24-04-x64",
      distribution: "Ubuntu",
      name: "24.04 (LTS) x64",
      createdAt: "2025-06-30T09:00:00Z",
    },
  ],
  databaseSizes: [
    { slug: "db-s-1vcpu-1gb", memory: 1024, storage: 10240, largestNodeCount: 1 },
    { slug: "db-s-1vcpu-2gb", memory: 2048, storage: 30720, largestNodeCount: 3 },
    { slug: "db-s-2vcpu-4gb", memory: 4096, storage: 61440, largestNodeCount: 3 },
    { slug: "db-s-4vcpu-8gb", memory: 8192, storage: 143360, largestNodeCount: 3 },
    { slug: "db-s-6vcpu-16gb", memory: 16384, storage: 286720, largestNodeCount: 3 },
  ],
};

function size(
  slug: string,
  memory: number,
  vcpus: number,
  disk: number,
  transfer: number,
  priceMonthly: number,
  priceHourly: number,
  description: string,
): Size {
  return { slug, memory, vcpus, disk, transfer, priceMonthly, priceHourly, description };
}
