import type { FaultBehaviour } from "../api/faults";

/** Packets that are lost. Interfaces, addresses and routes stay as they are. */
export type Cut =
  /** A whole side of a droplet. */
  | { readonly kind: "side"; readonly droplet: number; readonly side: "public" | "vpc" }
  /** The VPC between two droplets, in both directions. */
  | { readonly kind: "between"; readonly droplets: readonly [number, number] }
  /** What a droplet sends to one of the cloud's own services. */
  | { readonly kind: "service"; readonly droplet: number; readonly service: "api" | "metadata" }
  /** The VPC between a droplet and the node of a database server. */
  | { readonly kind: "database"; readonly droplet: number; readonly node: string }
  /** One location of Cloudflare's edge, from 1 on, and the origins. */
  | { readonly kind: "edge-location"; readonly number: number }
  /**
   * The connections that the edge has to origins at this moment, as when a firewall on their way has forgotten them: no
   * reset. New ones pass.
   */
  | { readonly kind: "edge-connections" };

/** What DigitalOcean's API does with some requests of one client. */
export interface ApiFault {
  readonly method?: string;
  /** A regular expression that the path without its query must match. @default every path */
  readonly path?: string;
  /** Address of the client: whoever else asks is not disturbed. */
  readonly from: string;
  readonly behaviour: FaultBehaviour;
}

/** Every process of a systemd unit dies by SIGKILL, at once and then again at this interval. */
export interface RepeatedKill {
  readonly droplet: number;
  readonly unit: string;
  readonly everyMilliseconds: number;
}

/** What a disturbance has switched on. It stays so until it is replaced or the disturbance ends. */
export interface Switches {
  readonly cuts: readonly Cut[];
  readonly apiFaults: readonly ApiFault[];
  readonly kills: readonly RepeatedKill[];
}

/** A named set of switches that the daemon of a cloud keeps, so that one program can begin it and another end it. */
export interface Disturbance {
  readonly name: string;
  /** What whoever began it wants to know when it ends; any JSON. */
  readonly note: unknown;
}

/** Something that is done once to a droplet from outside, as a cloud could do it. */
export type DropletOperation =
  /** `cycle`: off and on again, without a shutdown. `reboot`: a clean one, which goes on after the answer. */
  | { readonly kind: "power"; readonly to: "off" | "on" | "cycle" | "reboot" }
  /** The droplet stands still, its network too, until it is thawed. */
  | { readonly kind: "freeze" }
  | { readonly kind: "thaw" }
  /** Every process of a systemd unit dies by SIGKILL; a unit that has none is left alone. */
  | { readonly kind: "kill"; readonly unit: string };

/** Something that is done once to the node of a database server from outside. */
export type DatabaseOperation =
  | { readonly kind: "power"; readonly to: "off" | "on" }
  /** The node stands still, its network too, until it is thawed. */
  | { readonly kind: "freeze" }
  | { readonly kind: "thaw" }
  /** What others commit is seen on this standby or replica so many seconds later; 0 ends that. */
  | { readonly kind: "delay-replay"; readonly seconds: number }
  /**
   * What this node commits reaches its standbys so many seconds later, up to 5, and what is on its way when it loses its
   * power is lost; 0 ends that. Read replicas receive it at once. Done when it has its effect: three times as long after.
   */
  | { readonly kind: "delay-sending"; readonly seconds: number }
  /** New transactions cannot write, as DigitalOcean makes it when the disk is nearly full. */
  | { readonly kind: "read-only"; readonly on: boolean }
  /**
   * Sessions of the admin user take what others need, until `release`: every connection that is free, or a lock of every
   * table against writes.
   */
  | { readonly kind: "occupy"; readonly what: "connections" | "tables" }
  | { readonly kind: "release" }
  /** PostgreSQL dies by SIGKILL; the service starts it again. */
  | { readonly kind: "kill" };

/** The answer to an operation. */
export interface OperationDone {
  /** When it began to have an effect; milliseconds since 1970. */
  readonly at: number;
}
