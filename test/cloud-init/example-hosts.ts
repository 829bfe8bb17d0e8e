import { appFiles, appUserData, type AppSettings } from "../../cloud-init/app/user-data";
import type { HostFile } from "../../cloud-init/host-file";
import {
  loadBalancerFiles,
  loadBalancerUserData,
  type LoadBalancerSettings,
} from "../../cloud-init/load-balancer/user-data";
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
  hostname: "www.example.com",
  discoveryToken: "dop_v1_discovery0123456789",
};

export const exampleApp: AppSettings = {
  ...node,
  writeUrl: "postgresql://app:secret@primary.example.com:25061/app?sslmode=verify-full",
  readUrl: "postgresql://app:secret@replica.example.com:25060/app?sslmode=verify-full",
  databaseAuthority: examplePem.certificate,
};

/** One host of each kind that the settings can make, as name, user-data and the files in it. */
export function exampleHosts(): Array<{ name: string; userData: string; files: HostFile[] }> {
  const archive: WebSettings = {
    ...exampleWeb,
    staticContent: { kind: "archive", url: "https://downloads.example.com/site.tar.gz", sha256: "0".repeat(64) },
  };
  const prepared: AppSettings = {
    ...exampleApp,
    adminUrl: "postgresql://doadmin:secret@primary.example.com:25060/app",
  };
  const container: AppSettings = {
    ...exampleApp,
    application: { kind: "container", image: "ghcr.io/example/shop:1.4.2", environment: { MODE: "production" } },
  };
  return [
    {
      name: "load balancer",
      userData: loadBalancerUserData(exampleLoadBalancer),
      files: loadBalancerFiles(exampleLoadBalancer),
    },
    { name: "web node", userData: webUserData(exampleWeb), files: webFiles(exampleWeb) },
    { name: "web node with an archive", userData: webUserData(archive), files: webFiles(archive) },
    { name: "app node with the demo", userData: appUserData(prepared), files: appFiles(prepared) },
    { name: "app node with a container", userData: appUserData(container), files: appFiles(container) },
  ];
}
