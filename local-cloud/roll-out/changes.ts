import type { SiteChanges } from "./deployment";

/** A change that is rolled out under load. */
export interface Change {
  readonly name: string;
  /** What the site is from then on, besides what changes before it said. */
  readonly set: SiteChanges;
  /** Resource addresses that are replaced though nothing said so: `terraform taint`. @default none */
  readonly taint?: readonly string[];
  /** What cdktf prints when the change is a bad one; it must fail then. @default it must succeed */
  readonly failsWith?: RegExp;
  /** Terraform is killed as soon as it prints this; the change is then deployed once more. */
  readonly killAt?: RegExp;
}

const file = (path: string, content: string) => ({ path, content: `${content}\n` });

/** In this order they are rolled out one after the other, on a site that begins as main.ts says. */
export const changes: readonly Change[] = [
  {
    name: "app: new environment",
    set: {
      appExtraFiles: [file("/etc/systemd/system/app.service.d/release.conf", "[Service]\nEnvironment=RELEASE=2")],
    },
  },
  {
    name: "web: new configuration",
    set: { webExtraFiles: [file("/etc/nginx/conf.d/release.conf", "# release 2")] },
  },
  {
    name: "load balancers: new configuration",
    set: { loadBalancerExtraFiles: [file("/etc/infrastructure/release", "2")] },
  },
  {
    name: "web: a configuration that nginx refuses",
    set: { webExtraFiles: [file("/etc/nginx/conf.d/release.conf", "no_such_directive on;")] },
    failsWith: /web-1: will not become ready: [\s\S]*unknown directive "no_such_directive"/,
  },
  {
    name: "web: repaired",
    set: { webExtraFiles: [file("/etc/nginx/conf.d/release.conf", "# release 3")] },
  },
  {
    name: "web: static content",
    set: { webExtraFiles: [file("/var/www/site/about.html", "<!doctype html><title>About</title><p>New.</p>")] },
  },
  { name: "web 2 to 4", set: { webNodes: 4 } },
  { name: "web 4 to 2", set: { webNodes: 2 } },
  { name: "app 2 to 3", set: { appNodes: 3 } },
  { name: "app 3 to 2", set: { appNodes: 2 } },
  { name: "origin certificate: rotated", set: {}, taint: ["tls_private_key.site_hostname_origin_key_77E36456"] },
  { name: "client certificate: rotated", set: {}, taint: ["tls_private_key.site_hostname_client_key_60E48092"] },
  {
    name: "app: terraform killed in the middle, then again",
    set: {
      appExtraFiles: [file("/etc/systemd/system/app.service.d/release.conf", "[Service]\nEnvironment=RELEASE=3")],
    },
    killAt: /droplet\.site_app_1_.*: Creating/,
  },
];
