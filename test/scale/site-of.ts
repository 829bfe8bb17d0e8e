import { type Stack, Tier } from "../../modules";
import { maximumAppNodes } from "../../modules/app-tier";
import { maximumWebNodes } from "../../modules/web-tier";
import { createSite } from "../modules/synthesized";

const LOAD_BALANCERS = 2;
const NODES_OF_A_TIER = 50;
const workload = {
  kind: "user-data",
  text: "#cloud-config\npackages: [redis-server]\n",
  units: ["redis-server.service"],
} as const;

/** A site of so many droplets in all: as many web and app nodes as there may be, then further tiers. */
export function createSiteOf(stack: Stack, droplets: number): void {
  const app = within(Math.floor(droplets / 3), maximumAppNodes);
  const web = within(droplets - LOAD_BALANCERS - app, maximumWebNodes);
  const site = createSite(stack, "site", { web: { nodes: web }, app: { nodes: app } });
  let left = droplets - LOAD_BALANCERS - app - web;
  for (let number = 1; left > 0; number++) {
    const nodes = within(left, NODES_OF_A_TIER);
    new Tier(site, `tier-${number}`, { nodes, workload });
    left -= nodes;
  }
}

function within(count: number, most: number): number {
  return Math.max(2, Math.min(most, count));
}
