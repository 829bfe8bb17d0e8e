/** The top-level folders, and which of the others each of them may import. Tests may import all. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "cloud-init": [],
  modules: ["cloud-init"],
  programs: [],
  "local-cloud": ["programs"],
  "provider-bridge": ["programs"],
  rehearsal: ["local-cloud", "programs"],
  tools: ["modules", "programs"],
  examples: ["modules"],
  test: ["cloud-init", "modules", "programs", "local-cloud", "provider-bridge", "rehearsal", "tools", "examples"],
};

/**
 * Who imports whom within the local cloud. The command line and other programs go through `client`, which asks the
 * daemon over the control API; the daemon puts the APIs on top of what happens on this machine; `platform` is the seam
 * between the two.
 */
export const LOCAL_CLOUD: Readonly<Record<string, readonly string[]>> = {
  cli: ["client", "control", "images", "outer-cloud", "platform", "registry"],
  client: ["control", "outer-cloud"],
  control: ["api", "network"],
  daemon: [
    ...["api", "control", "dns", "edge", "images", "machines", "metadata"],
    ...["network", "pki", "platform", "postgres", "registry", "services"],
  ],
  simulation: ["api", "pki", "platform"],
  api: ["platform"],
  metadata: ["platform"],
  machines: ["network", "outer-cloud", "platform"],
  postgres: ["pki", "platform", "services"],
  edge: ["pki", "platform", "services"],
  dns: ["platform", "services"],
  registry: ["pki", "platform"],
  network: ["platform"],
  images: [],
  "outer-cloud": [],
  pki: [],
  platform: [],
  services: [],
};
