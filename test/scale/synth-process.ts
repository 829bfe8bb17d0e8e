/**
 * Synthesizes a site in a process of its own, and prints what that took as JSON, type `SynthCost`.
 *
 * usage: synth-process.ts DROPLETS DIRECTORY      DIRECTORY gets what cdktf writes
 */
import { statSync } from "node:fs";
import { App } from "cdktf";
import { Stack } from "../../modules";
import { createSiteOf } from "./site-of";
import { jsonFile, STACK, type SynthCost } from "./synth-cost";

// As synth.js does.
Error.captureStackTrace = () => undefined;

const [droplets, directory] = process.argv.slice(2);
if (droplets === undefined || directory === undefined) throw new Error("usage: synth-process.ts DROPLETS DIRECTORY");
const began = performance.now();
const app = new App({ outdir: directory });
createSiteOf(new Stack(app, STACK), Number(droplets));
app.synth();
const cost: SynthCost = {
  seconds: (performance.now() - began) / 1000,
  // Of kibibytes.
  memoryMiB: process.resourceUsage().maxRSS / 1024,
  bytes: statSync(jsonFile(directory)).size,
};
process.stdout.write(JSON.stringify(cost));
