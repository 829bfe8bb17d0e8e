import { mkdir, rename, writeFile } from "node:fs/promises";
import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import { addressPlan, serviceNames } from "../platform/address-plan";
import { waitUntil } from "../../programs/wait-until";
import type { ServiceProcess } from "../services/service-process";
import type { ServicesTree } from "../services/services-tree";
import { Turns } from "../../programs/turns";

/**
 * The DNS of the local cloud at 192.0.2.53: dnsmasq, which knows the names that it is given and denies that there are
 * others. Answers are not to be cached (TTL 0), so a change is seen by the next question.
 */
export class NameServer {
  private readonly names = new Map<string, readonly string[]>(Object.entries(serviceNames));
  private process: ServiceProcess | undefined;
  private readonly turns = new Turns();

  /** `directory` is made, and holds the list of names and the log. */
  constructor(
    private readonly services: ServicesTree,
    private readonly directory: string,
  ) {}

  /** Resolves when it answers. Runs in the network namespace of this process, the router's. */
  async start(): Promise<void> {
    await mkdir(join(this.directory, "hosts"), { recursive: true, mode: 0o755 });
    await this.writeNames();
    this.process = this.services.start(
      {
        command: [
          "dnsmasq",
          "--keep-in-foreground",
          "--conf-file=/dev/null",
          "--log-facility=-",
          "--pid-file=",
          "--user=root",
          `--listen-address=${addressPlan.nameServer}`,
          "--bind-interfaces",
          "--no-resolv",
          "--no-hosts",
          "--local=/#/",
          "--addn-hosts=/srv/hosts",
        ],
        user: "root",
        files: this.directory,
        networkNamespace: `/proc/${process.pid}/ns/net`,
      },
      join(this.directory, "dnsmasq.log"),
    );
    await this.waitForAnswer("api.digitalocean.com");
  }

  /** Gives a name its addresses, instead of those that it had. Resolves when it is answered so. */
  set(name: string, addresses: readonly string[]): Promise<void> {
    return this.change(name, () => this.names.set(name.toLowerCase(), addresses));
  }

  /** Makes a name unknown. Removing one that is unknown is fine. */
  remove(name: string): Promise<void> {
    return this.change(name, () => this.names.delete(name.toLowerCase()));
  }

  async stop(): Promise<void> {
    await this.process?.kill();
  }

  private change(name: string, apply: () => void): Promise<void> {
    if (!/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?$/i.test(name)) {
      throw new Error(`name: must be a host name, got ${JSON.stringify(name)}`);
    }
    return this.turns.run(async () => {
      apply();
      await this.writeNames();
      if (!this.process) return;
      // A new list is noticed by itself, but what is no longer in it only at this signal.
      await this.process.signal("SIGHUP");
      await this.waitForAnswer(name);
    });
  }

  private async writeNames(): Promise<void> {
    const lines = [...this.names].flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`));
    await writeFile(join(this.directory, "names.new"), lines.join(""), { mode: 0o644 });
    await rename(join(this.directory, "names.new"), join(this.directory, "hosts", "names"));
  }

  private async waitForAnswer(name: string): Promise<void> {
    const wanted = [...(this.names.get(name.toLowerCase()) ?? [])].sort().join();
    await waitUntil(`answer for ${name} from the name server`, 5, async () => {
      if (!this.process?.running) throw new Error(`dnsmasq: ended: ${await this.process?.exited}`);
      return (await ask(name)).sort().join() === wanted;
    });
  }
}

async function ask(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([addressPlan.nameServer]);
  try {
    return await resolver.resolve4(name);
  } catch (error) {
    return ["ENOTFOUND", "ENODATA"].includes((error as NodeJS.ErrnoException).code ?? "") ? [] : ["no answer"];
  }
}
