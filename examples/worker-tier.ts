// Two tiers of one's own: workers that run a container and use the database, and a cache that cloud-init sets up.
import { App } from "cdktf";
import { Stack, Tier, WebInfrastructure } from "../modules";

const app = new App();

const site = new WebInfrastructure(new Stack(app, "shop"), "site", {
  hostname: "shop.example.com",
  zone: { id: "023e105f4ecef8ad9ca31a8372d0c353" },
});

new Tier(site, "workers", {
  size: "s-1vcpu-2gb",
  workload: { kind: "container", image: "ghcr.io/example/worker:1.0.0", environment: { QUEUE: "orders" } },
  schedules: { report: { at: "Mon..Fri 06:30", command: ["bin/report"] } },
});

new Tier(site, "cache", {
  workload: {
    kind: "user-data",
    text: `#cloud-config
packages: [redis-server]
write_files:
  - path: /etc/redis/redis.conf.d/network.conf
    content: |
      bind 0.0.0.0
      protected-mode no
runcmd:
  - [sh, -c, "echo 'include /etc/redis/redis.conf.d/*.conf' >> /etc/redis/redis.conf"]
  - [systemctl, restart, redis-server]
`,
    units: ["redis-server.service"],
  },
});

// Nobody reaches a tier of one's own until a flow says so.
for (const from of ["app", "workers"]) site.traffic.allow({ from, to: "cache", protocol: "tcp", port: 6379 });

app.synth();
