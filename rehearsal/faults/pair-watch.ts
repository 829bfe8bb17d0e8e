import type { LocalCloud } from "../../local-cloud/client/local-cloud";
import type { DropletStatus } from "../../local-cloud/client/control-client";
import { runProgram } from "../../programs/run-program";
import { waitUntil } from "../../programs/wait-until";
import { parseNodeEvents, type NodeEvent } from "./node-events";
import { isLoadBalancer } from "./pair";

/** What the load balancers of a running cloud report about themselves. */
export class PairWatch {
  constructor(private readonly cloud: LocalCloud) {}

  /** The load balancers that there are, oldest first. */
  async loadBalancers(): Promise<readonly DropletStatus[]> {
    const { droplets } = await this.cloud.control.status();
    return droplets.filter(isLoadBalancer);
  }

  /** Waits until the pair is as it should be: one MASTER, one holder, all healthy. Rejects with what is not so. */
  async untilSettled(limitSeconds: number): Promise<void> {
    let unsettled = "";
    const settled = async (): Promise<boolean> => {
      unsettled = await this.whatIsUnsettled().catch((error: unknown) => String(error));
      return unsettled === "";
    };
    await waitUntil("settled pair", limitSeconds, settled, 500).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}: ${unsettled}`);
    });
  }

  /** What the load balancers have logged since that time (milliseconds since 1970), in order. */
  async events(since: number): Promise<NodeEvent[]> {
    const perNode = (await this.loadBalancers()).map(async ({ id, name }) => {
      const directory = await this.cloud.control.journalDirectory(id);
      const command = ["journalctl", "--directory", directory, "--unit", "hold-reserved-ip.service"];
      const from = ["--since", `@${Math.floor(since / 1000)}`, "--output", "json", "--no-pager"];
      return parseNodeEvents(name, await runProgram([...command, ...from]));
    });
    return (await Promise.all(perNode)).flat().sort((one, other) => one.at - other.at);
  }

  private async whatIsUnsettled(): Promise<string> {
    const { droplets, reservedIps } = await this.cloud.control.status();
    const balancers = droplets.filter(isLoadBalancer);
    const holder = reservedIps[0]?.droplet;
    const states = await Promise.all(
      balancers.map(async (one) => ({ name: one.name, state: await this.stateOf(one) })),
    );
    const problems = states.flatMap(({ name, state }) => {
      if (state === undefined) return [`${name} does not answer`];
      if (!state.alive || state.health !== "ok") return [`${name} says ${state.health}`];
      if (state.active !== (name === holder)) return [`metadata of ${name} says ${state.active}, the API ${holder}`];
      return [];
    });
    if (reservedIps[0]?.moving) problems.push("the address is on its way");
    const roles = states.map(({ state }) => state?.vrrp).sort();
    if (
      roles.filter((role) => role === "MASTER").length !== 1 ||
      roles.some((role) => !/^(MASTER|BACKUP)$/.test(role ?? ""))
    )
      problems.push(`VRRP: ${roles.join(" and ")}`);
    return problems.join("; ");
  }

  /** What hold-reserved-ip of a load balancer last wrote; undefined when the droplet does not answer. */
  private async stateOf({ id }: DropletStatus): Promise<HolderState | undefined> {
    const { status, stdout } = await this.cloud.runOnDroplet(id, ["cat", "/run/infrastructure/holder.json"], 5);
    return status === 0 ? (JSON.parse(stdout) as HolderState) : undefined;
  }
}

interface HolderState {
  readonly health: string;
  readonly vrrp: string;
  readonly alive: boolean;
  readonly active: boolean | null;
}
