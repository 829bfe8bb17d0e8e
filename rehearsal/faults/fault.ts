import type { ApiFault, DatabaseOperation } from "../../local-cloud/client/control-client";

import type { DatabaseRole } from "./database-nodes";

/** Which load balancers a step is about: the one that the fault was asked for, the other one, or both. */
export type Role = "target" | "peer" | "both";

/** One thing that is done to the cloud. All but `run` is done from outside the droplets, as a cloud could do it. */
export type Step =
  /** `cycle`: off and on again, without a shutdown. `reboot`: a clean one. */
  | { readonly power: "off" | "on" | "cycle" | "reboot"; readonly of?: Role }
  | { readonly freeze: boolean; readonly of?: Role }
  /** Every process of a systemd unit dies by SIGKILL; again and again at that interval if one is given. */
  | { readonly kill: string; readonly everyMilliseconds?: number; readonly of?: Role }
  /** Packets are lost: on a whole side of a node, between the pair's VPC sides, or on the way to a service. */
  | { readonly cut: "public" | "vpc" | "between" | "metadata" | "api"; readonly of?: Role }
  /**
   * Packets between Cloudflare's edge and the origins are lost: all of one of its locations, or those of the connections
   * that it has at this moment, while new ones pass.
   */
  | { readonly cutEdge: "location" | "connections" }
  /** What DigitalOcean's API does with the load balancers' requests. */
  | { readonly api: ApiFault["behaviour"]; readonly method?: string; readonly path?: RegExp }
  /** The platform fails at the next moves of the address: their actions end "errored". */
  | { readonly refuseMoves: number }
  /** A shell script as root on the droplet. */
  | { readonly run: string; readonly of?: Role }
  | { readonly pauseSeconds: number }
  /** Ends this fault's cuts and API faults before it is undone. */
  | { readonly lift: true };

/** What has to be true of a fault, with an assign time of 2 s. */
export interface Expectation {
  /** How often the address moves, from the fault until long after it is undone. */
  readonly moves: "none" | "at most one" | "one" | "any";
  /** Longest time without an answer to visitors; 0: not one request fails. */
  readonly outageSeconds: number;
  /** Until the last request failed, where some visitors go on being answered. @default not judged */
  readonly lastFailureSeconds?: number;
  /** Until the other load balancer is MASTER. @default not judged */
  readonly detectionSeconds?: number;
}

/** One thing that is done to the database. */
export type DatabaseStep =
  /** Something that is done to its nodes. */
  | { readonly database: DatabaseOperation; readonly of: DatabaseRole }
  /** Packets between the app nodes and its nodes are lost. */
  | { readonly cutDatabase: DatabaseRole };

/** What every fault has. */
export interface AnyFault<AnyStep> {
  /** What the command line calls it. */
  readonly name: string;
  /** What happens, in one sentence. */
  readonly sentence: string;
  readonly steps: readonly AnyStep[];
  /** What is done besides ending the cuts, the repeated kills and the API faults of the steps, which end first. */
  readonly undo?: readonly AnyStep[];
  /** How it ends, in words, where the steps do not say so. @default "undone by the command" */
  readonly undoneBy?: string;
}

/** Something that goes wrong in a load-balancer pair, or is done to it on purpose. */
export interface Fault extends AnyFault<Step> {
  /** What makes the fault possible; the pair gets time to settle between this and the fault. @default nothing */
  readonly prepare?: readonly Step[];
  /** How long a run of the benchmark leaves it. @default 5 */
  readonly lastsSeconds?: number;
  readonly expect: Expectation;
}

/**
 * The longest time without an answer to visitors, in seconds: 0: not one request fails; until the primary is replaced,
 * and `RECOVERY_SECONDS` more; until the fault is undone, and as long after that.
 */
export type DatabaseOutage = number | "until failover" | "until undone";

/** Something that goes wrong in the site's database. */
export interface DatabaseFault extends AnyFault<DatabaseStep> {
  /** What visitors may notice of it. */
  readonly visitors: { readonly reads: DatabaseOutage; readonly writes: DatabaseOutage };
}
