import { simulatedPlatform } from "../../../local-cloud/simulation/simulated-platform";
import type { Platform } from "../../../local-cloud/platform/platform";

/** One call that an API made to its platform: `network.setFirewall` and its arguments. */
export interface PlatformCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A simulated platform that writes down what is asked of it, and can be told to refuse, or to take its time. */
export class RecordingPlatform {
  readonly calls: PlatformCall[] = [];
  readonly platform: Platform;
  private readonly behaviours = new Map<string, (...args: unknown[]) => Promise<void>>();
  private powerListener: (id: number, on: boolean) => void = () => undefined;

  constructor() {
    const simulated = simulatedPlatform();
    this.platform = {
      machines: {
        ...this.record("machines", simulated.machines),
        onPowerChange: (listener) => {
          this.powerListener = listener;
        },
      },
      network: this.record("network", simulated.network),
      databases: this.record("databases", simulated.databases),
      edge: this.record("edge", simulated.edge),
    };
  }

  /** `behaviour` comes before every further call of that name; what it throws is the platform's refusal. */
  onCall(name: string, behaviour: (...args: unknown[]) => Promise<void>): void {
    this.behaviours.set(name, behaviour);
  }

  /** Calls of that name so far. */
  callsOf(name: string): PlatformCall[] {
    return this.calls.filter((call) => call.name === name);
  }

  /** As if the guest itself went off or came up. */
  reportPower(id: number, on: boolean): void {
    this.powerListener(id, on);
  }

  private record<T extends object>(group: string, target: T): T {
    const entries = Object.entries(target).map(([key, value]: [string, unknown]) => {
      if (typeof value !== "function") return [key, value];
      const name = `${group}.${key}`;
      const recorded = async (...args: unknown[]): Promise<unknown> => {
        this.calls.push({ name, args });
        await this.behaviours.get(name)?.(...args);
        return (value as (...all: unknown[]) => unknown)(...args);
      };
      return [key, recorded];
    });
    return Object.fromEntries(entries) as T;
  }
}
