import { readFileSync } from "node:fs";
import path from "node:path";
import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { ProgramResult } from "../../programs/run-program";
import type { Reached } from "./compare";

/** Somebody whom others may reach, or who may reach others. */
interface Place {
  /** As in a proof: a tag, a database, "any address", "Cloudflare". */
  readonly name: string;
  readonly addresses: readonly string[];
  /** Runs a command there; left out for what only others reach. */
  readonly run?: (argv: readonly string[]) => Promise<ProgramResult>;
  /** Of the stack. @default false */
  readonly isOutside?: boolean;
}

const PROBE = readFileSync(path.join(__dirname, "probe.py"), "utf8");
const LIMIT_SECONDS = 60;

/** Tries these ports from every droplet, from the internet and from the edge, to everybody else. Of the cloud alone. */
export async function measureReach(
  cloud: LocalCloud,
  ports: Readonly<Record<"tcp" | "udp", readonly number[]>>,
): Promise<Reached[]> {
  const places = await placesOf(cloud);
  const fromPlace = async (source: Place): Promise<Reached[]> => {
    if (source.run === undefined) return [];
    // What is outside of the stack has no firewall of it.
    const targets = places.filter((place) => place !== source && !(place.isOutside && source.isOutside));
    const byAddress = new Map(targets.flatMap(({ name, addresses }) => addresses.map((address) => [address, name])));
    // A load balancer that holds the reserved IP reaches itself there.
    for (const address of source.addresses) byAddress.delete(address);
    const asked = JSON.stringify({ addresses: [...byAddress.keys()], ...ports });
    const result = await source.run(["sh", "-c", 'printf %s "$1" | python3 -c "$0"', PROBE, asked]);
    if (result.status !== 0) throw new Error(`${source.name}: the probe failed: ${result.stderr}`);
    const answers = JSON.parse(result.stdout) as [string, string, number][];
    return answers.map(([address, protocol, port]) => {
      return { from: source.name, to: byAddress.get(address)!, protocol, port };
    });
  };
  return (await Promise.all(places.map(fromPlace))).flat();
}

async function placesOf(cloud: LocalCloud): Promise<Place[]> {
  const { droplets, databases, reservedIps } = await cloud.control.status();
  return [
    ...droplets.map(({ id, name, tags, publicAddress, privateAddress }) => ({
      name: tags[0]!,
      addresses: [
        ...[publicAddress, privateAddress],
        ...reservedIps.filter(({ droplet }) => droplet === name).map(({ address }) => address),
      ],
      run: (argv: readonly string[]) => cloud.runOnDroplet(id, argv, LIMIT_SECONDS),
    })),
    ...databases.map(({ cluster, publicAddress, privateAddress }) => ({
      name: cluster,
      addresses: [publicAddress, privateAddress],
    })),
    await outside("any address", (argv) => cloud.runAsOperator(argv, LIMIT_SECONDS)),
    await outside("Cloudflare", (argv) => cloud.runAtEdge(argv, LIMIT_SECONDS)),
  ];
}

async function outside(name: string, run: NonNullable<Place["run"]>): Promise<Place> {
  return { name, addresses: (await run(["hostname", "-I"])).stdout.trim().split(/\s+/), run, isOutside: true };
}
