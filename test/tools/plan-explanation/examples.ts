import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { WebInfrastructureProps } from "../../../modules";
import { zoneId } from "../../modules/synthesized";

const files = (text: string) => [{ path: "/etc/revision", content: `${text}\n` }];

/** A change of a site, whose plan and explanation are in the fixtures. */
export interface Example {
  /** What the site is made with; the plan is that of a new site without it. */
  readonly from?: Partial<WebInfrastructureProps>;
  readonly to: Partial<WebInfrastructureProps>;
  /** Arguments of `terraform plan`; `{web-1}` stands for the address of that droplet. */
  readonly args?: readonly string[];
}

/** The examples by the names of their files. */
export const examples: Readonly<Record<string, Example>> = {
  "first-deployment": { to: {} },
  nothing: { from: {}, to: {} },
  "new-files-everywhere": {
    from: {},
    to: { loadBalancers: { extraFiles: files("2") }, web: { extraFiles: files("2") }, app: { extraFiles: files("2") } },
  },
  "larger-web-nodes-and-one-more": { from: {}, to: { web: { size: "s-2vcpu-2gb", nodes: 3 } } },
  "app-nodes-in-batches": {
    from: { app: { nodes: 4, batchSize: 2 } },
    to: { app: { nodes: 4, batchSize: 2, extraFiles: files("2") } },
  },
  "fewer-app-nodes": { from: { app: { nodes: 3 } }, to: { app: { nodes: 2 } } },
  "another-pool-mode": { from: {}, to: { database: { poolMode: "transaction" } } },
  "larger-database": { from: {}, to: { database: { size: "db-s-2vcpu-4gb" } } },
  "fewer-replicas": { from: {}, to: { database: { readReplicas: 1 } } },
  "another-region": { from: {}, to: { region: "ams3" } },
  "newest-tls-only": { from: {}, to: { zone: { id: zoneId, minimumTlsVersion: "1.3" } } },
  "one-node-by-hand": { from: {}, to: {}, args: ["-replace={web-1}"] },
};

const directory = path.join(__dirname, "fixtures");

/** Path of a fixture: the plan's JSON, or what is said about it. */
export function fixture(name: string, ending: "json" | "txt"): string {
  return path.join(directory, `${name}.${ending}`);
}

export function readFixture(name: string, ending: "json" | "txt"): string {
  return readFileSync(fixture(name, ending), "utf8");
}

export function writeFixture(name: string, ending: "json" | "txt", text: string): void {
  writeFileSync(fixture(name, ending), text);
}
