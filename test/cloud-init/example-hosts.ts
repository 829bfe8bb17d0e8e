import { appFiles, appUserData, type AppSettings } from "../../cloud-init/app/user-data";
import type { HostFile } from "../../cloud-init/host-file";
import {
  loadBalancerFiles,
  loadBalancerUserData,
  type LoadBalancerSettings,
} from "../../cloud-init/load-balancer/user-data";
import { otherFiles, otherUserData, type OtherSettings } from "../../cloud-init/other/user-data";
import { webFiles, webUserData, type WebSettings } from "../../cloud-init/web/user-data";
import { examplePem } from "./example-pem";

const node = {
  tags: { loadBalancer: "shop-load-balancer", web: "shop-web", app: "shop-app" },
  readinessToken: "readiness-0123456789",
};

export const exampleLoadBalancer: LoadBalancerSettings = {
  ...node,
  hostname: "www.example.com",
  reservedIp: "198.51.100.10",
  failoverToken: "dop_v1_failover0123456789",
  discoveryToken: "dop_v1_discovery0123456789",
  certificate: examplePem.certificate,
  privateKey: examplePem.privateKey,
  clientAuthority: examplePem.certificate,
};

export const exampleWeb: WebSettings = {
  ...node,
  discoveryToken: "dop_v1_discovery0123456789",
};

export const exampleApp: AppSettings = {
  ...node,
  hostname: "www.example.com",
  database: {
    writeUrl: "postgresql://app:secret@primary.example.com:25061/app?sslmode=verify-full",
    readUrl: "postgresql://app:secret@replica.example.com:25060/app?sslmode=verify-full",
    authority: examplePem.certificate,
  },
};

export const exampleWorker: OtherSettings = {
  ...node,
  tag: "shop-workers",
  hostname: "www.example.com",
  database: exampleApp.database,
  workload: { kind: "container", image: "ghcr.io/example/worker:1.4.2", healthPath: "/up" },
  schedules: { cleanup: { at: "Mon..Fri 03:00", command: ["bin/cleanup"] } },
};

export const exampleCache: OtherSettings = {
  ...node,
  tag: "shop-cache",
  hostname: "www.example.com",
  extraFiles: [{ path: "/etc/cache.json", content: "{}\n" }],
  workload: {
    kind: "user-data",
    text: '#cloud-config\n{"packages": ["redis-server"], "runcmd": [["systemctl", "restart", "redis-server"]]}\n',
    units: ["redis-server.service"],
  },
};

export const exampleRoutedWeb: WebSettings = {
  ...exampleWeb,
  stickySessions: true,
  tierTags: { api: "shop-api", admin: "shop-admin", reports: "shop-reports" },
  hostnames: ["www.example.com", "admin.example.com"],
  routes: [
    { path: "/api", tier: "api" },
    { hostname: "admin.example.com", tier: "admin" },
    { hostname: "*.example.com", path: "/reports", tier: "reports" },
  ],
};

export const exampleRoutedWorker: OtherSettings = {
  ...exampleWorker,
  isRouted: true,
  workload: { kind: "container", image: "ghcr.io/example/api:1", healthPath: "/up", port: 3000 },
};

/** One host of each kind that the settings can make, as name, user-data and the files in it. */
export function exampleHosts(): Array<{ name: string; userData: string; files: HostFile[] }> {
  const archive: WebSettings = {
    ...exampleWeb,
    staticContent: { kind: "archive", url: "https://downloads.example.com/site.tar.gz", sha256: "0".repeat(64) },
  };
  const prepared: AppSettings = {
    ...exampleApp,
    database: { ...exampleApp.database, adminUrl: "postgresql://doadmin:secret@primary.example.com:25060/app" },
  };
  const container: AppSettings = {
    ...exampleApp,
    application: {
      kind: "container",
      image: "ghcr.io/example/shop:1.4.2",
      port: 3000,
      environment: { MODE: "production" },
      releaseCommand: ["bin/migrate"],
    },
    workers: { mailer: { command: ["bin/jobs"] } },
    schedules: { cleanup: { at: "03:00", command: ["bin/cleanup"] } },
    extraUnits: ["fstrim.timer"],
  };
  const oneRoute: WebSettings = { ...exampleRoutedWeb, routes: [{ path: "/api", tier: "api" }], stickySessions: false };
  const reporting: WebSettings = { ...exampleWeb, canary: true };
  const judged: AppSettings = { ...container, canary: {} };
  const withTiers: LoadBalancerSettings = { ...exampleLoadBalancer, otherTags: ["shop-workers", "shop-cache"] };
  return [
    {
      name: "load balancer",
      userData: loadBalancerUserData(exampleLoadBalancer),
      files: loadBalancerFiles(exampleLoadBalancer),
    },
    {
      name: "load balancer that knows other tiers",
      userData: loadBalancerUserData(withTiers),
      files: loadBalancerFiles(withTiers),
    },
    { name: "web node", userData: webUserData(exampleWeb), files: webFiles(exampleWeb) },
    { name: "web node with an archive", userData: webUserData(archive), files: webFiles(archive) },
    { name: "web node with a route", userData: webUserData(oneRoute), files: webFiles(oneRoute) },
    { name: "web node with three routes", userData: webUserData(exampleRoutedWeb), files: webFiles(exampleRoutedWeb) },
    { name: "web node that reports answers", userData: webUserData(reporting), files: webFiles(reporting) },
    { name: "app node that is judged", userData: appUserData(judged), files: appFiles(judged) },
    { name: "app node with the demo", userData: appUserData(prepared), files: appFiles(prepared) },
    { name: "app node with a container", userData: appUserData(container), files: appFiles(container) },
    { name: "worker", userData: otherUserData(exampleWorker), files: otherFiles(exampleWorker) },
    {
      name: "worker that a route is for",
      userData: otherUserData(exampleRoutedWorker),
      files: otherFiles(exampleRoutedWorker),
    },
    {
      name: "node with a cloud-config of one's own",
      userData: otherUserData(exampleCache),
      files: otherFiles(exampleCache),
    },
  ];
}
