// The site of main.ts with further names, two tiers of its own, a route to one of them and a flow between them, on images
// that the local cloud has: for test/end-to-end/own-tiers.test.ts.
import { App } from "cdktf";
import { Stack, Tier, WebInfrastructure } from "../../modules";

const app = new App();

const site = new WebInfrastructure(new Stack(app, "web"), "site", {
  hostname: "www.example.com",
  otherHostnames: [{ hostname: "example.com", redirects: true }, { hostname: "*.example.com" }],
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
  web: { batchSize: 2, routes: [{ hostname: "workers.example.com", tier: "workers" }] },
  allowSinglePointsOfFailure: true,
});

new Tier(site, "workers", {
  nodes: 1,
  workload: { kind: "container", image: "registry.example.com/demo:1", healthPath: "/healthz" },
});

new Tier(site, "cache", {
  nodes: 1,
  extraFiles: [
    {
      path: "/etc/systemd/system/cache.service",
      content: "[Service]\nExecStart=/usr/bin/python3 -m http.server --directory /srv/cache 6379\n",
    },
  ],
  workload: {
    kind: "user-data",
    text: `#cloud-config
write_files:
  - path: /srv/cache/answer
    content: from the cache
runcmd:
  - [systemctl, start, cache.service]
`,
    units: ["cache.service"],
  },
});

site.traffic.allow({ from: "workers", to: "cache", protocol: "tcp", port: 6379 });

app.synth();
