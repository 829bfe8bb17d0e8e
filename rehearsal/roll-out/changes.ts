import path from "node:path";
import { FILL_VAR } from "../faults/full-disk";
import type { SiteChanges } from "./deployment";
import type { ServingNode } from "./serving-node";

/** A change that is rolled out under load. */
export interface Change {
  readonly name: string;
  /** Settings of the site from then on, on top of those of the changes before it. */
  readonly set: SiteChanges;
  /** An image by whose name droplets can pull the demo as a container. @default none */
  readonly pushes?: string;
  /** Resource addresses that are replaced though nothing said so: `terraform taint`. @default none */
  readonly taint?: readonly string[];
  /** Variables (`failover_token`) that get a new token; the old one is revoked after the deployment. @default none */
  readonly renews?: readonly string[];
  /** A node that loses power as soon as terraform prints this. */
  readonly loses?: { readonly node: ServingNode; readonly at: RegExp };
  /** What cdktf prints when the change is a bad one; it must fail then. @default it must succeed */
  readonly failsWith?: RegExp;
  /** Which share of the requests may fail. @default none */
  readonly hurts?: number;
  /** Terraform is killed as soon as it prints this; the change is then deployed once more. */
  readonly killAt?: RegExp;
}

const file = (path: string, content: string) => ({ path, content: `${content}\n` });

/** As of when it is deployed first: `at` is read once, so that another moment later changes nothing. */
function restored(settings: object): SiteChanges {
  return {
    get restoredDatabase() {
      return { at: new Date().toISOString().replace(/\.\d+Z$/, "Z"), ...settings };
    },
  };
}

/** In every Python program that is told of its directory: one answer in twenty is an error. */
const FAILING = `import http.server, itertools

count = itertools.count(1)
answer = http.server.BaseHTTPRequestHandler.send_response_only

def sometimes(self, code, message=None):
    answer(self, 500 if self.path != "/healthz" and next(count) % 20 == 0 else code, message)

http.server.BaseHTTPRequestHandler.send_response_only = sometimes`;

/** In this order they are rolled out one after the other, on a site that begins as main.ts says. */
export const changes: readonly Change[] = [
  {
    name: "app: new environment",
    set: {
      "app.extraFiles": [file("/etc/systemd/system/app.service.d/release.conf", "[Service]\nEnvironment=RELEASE=2")],
    },
  },
  {
    name: "web: new configuration",
    set: { "web.extraFiles": [file("/etc/nginx/conf.d/release.conf", "# release 2")] },
  },
  {
    name: "load balancers: new configuration",
    set: { "loadBalancers.extraFiles": [file("/etc/release-of-this-roll-out", "2")] },
  },
  {
    name: "web: a configuration that nginx refuses",
    set: { "web.extraFiles": [file("/etc/nginx/conf.d/release.conf", "no_such_directive on;")] },
    failsWith: /web-1: will not become ready: [\s\S]*unknown directive "no_such_directive"/,
  },
  {
    name: "web: a disk that is full",
    set: {
      "web.extraFiles": [
        // A unit of its own, because what nginx's own start mounts is seen by nobody else.
        file("/etc/systemd/system/full-disk.service", `[Service]\nType=oneshot\nExecStart=/bin/sh -c "${FILL_VAR}"`),
        file(
          "/etc/systemd/system/nginx.service.d/full.conf",
          "[Unit]\nRequires=full-disk.service\nAfter=full-disk.service",
        ),
      ],
    },
    failsWith: /web-1: will not become ready: [\s\S]*no space left on \/var/,
  },
  {
    name: "every tier: an image without cloud-init",
    set: { image: "debian-13-x64-without-cloud-init", readinessLimitMinutes: 1 },
    failsWith: /web-1: not ready after \d+ s, last state/,
  },
  {
    name: "every tier: repaired, with another image",
    set: {
      image: "195932981",
      readinessLimitMinutes: 10,
      "web.extraFiles": [file("/etc/nginx/conf.d/release.conf", "# release 2")],
    },
  },
  {
    name: "web: repaired",
    set: { "web.extraFiles": [file("/etc/nginx/conf.d/release.conf", "# release 3")] },
  },
  {
    name: "web: static content",
    set: { "web.extraFiles": [file("/var/www/site/about.html", "<!doctype html><title>About</title><p>New.</p>")] },
  },
  { name: "web 2 to 4", set: { "web.nodes": 4 } },
  { name: "web 4 to 2", set: { "web.nodes": 2 } },
  {
    name: "app: demo to container",
    pushes: "registry.example.com/demo:1",
    set: {
      "app.application": { kind: "container", image: "registry.example.com/demo:1" },
      // The demo's pages need them, and a container has none by itself.
      "web.staticContent": { kind: "directory", directory: path.join(__dirname, "../../cloud-init/web/demo-site") },
    },
  },
  {
    name: "app: a container image that is not there",
    set: { "app.application": { kind: "container", image: "registry.example.com/demo:2" } },
    failsWith: /app-1: will not become ready: [\s\S]*manifest unknown/,
  },
  { name: "app: container to demo", set: { "app.application": { kind: "demo" } } },
  { name: "app 2 to 3", set: { "app.nodes": 3 } },
  { name: "app 3 to 2", set: { "app.nodes": 2 } },
  { name: "origin certificate: rotated", set: {}, taint: ["tls_private_key.site_hostname_origin_key_77E36456"] },
  { name: "client certificate: rotated", set: {}, taint: ["tls_private_key.site_hostname_client_key_60E48092"] },
  {
    name: "client authority: the other one signs, and this one is made anew",
    set: { "zone.clientAuthority": "second" },
    taint: ["tls_private_key.site_hostname_client_authority-key_69307A61"],
  },
  { name: "client authority: back again", set: { "zone.clientAuthority": "first" } },
  { name: "load balancers: new failover token", set: {}, renews: ["failover_token"] },
  { name: "load balancers and web: new discovery token", set: {}, renews: ["discovery_token"] },
  {
    name: "web: an old node is lost meanwhile",
    set: { "web.extraFiles": [file("/etc/nginx/conf.d/release.conf", "# release 4")] },
    loses: { node: "web-2", at: /droplet\.site_web_1_\S+: Creation complete/ },
  },
  {
    name: "app: an old node is lost meanwhile",
    set: {
      "app.extraFiles": [file("/etc/systemd/system/app.service.d/release.conf", "[Service]\nEnvironment=RELEASE=4")],
    },
    loses: { node: "app-2", at: /droplet\.site_app_1_\S+: Creation complete/ },
  },
  {
    name: "load balancers: the one without the address is lost meanwhile",
    set: { "loadBalancers.extraFiles": [file("/etc/release-of-this-roll-out", "3")] },
    loses: { node: "standby", at: /droplet\.site_load-balancer_1_\S+: Creation complete/ },
  },
  {
    name: "load balancers: the one with the address is lost meanwhile",
    set: { "loadBalancers.extraFiles": [file("/etc/release-of-this-roll-out", "4")] },
    loses: { node: "holder", at: /droplet\.site_load-balancer_1_\S+: Creation complete/ },
  },
  {
    name: "app: terraform killed in the middle, then again",
    set: {
      "app.extraFiles": [file("/etc/systemd/system/app.service.d/release.conf", "[Service]\nEnvironment=RELEASE=3")],
    },
    killAt: /droplet\.site_app_1_.*: Creating/,
  },
  { name: "app: canary turned on", set: { "app.canary": {} } },
  {
    name: "app: canary stops a release that fails 5 % of the requests",
    set: {
      "app.extraFiles": [
        file("/usr/local/lib/failing/sitecustomize.py", FAILING),
        file(
          "/etc/systemd/system/app.service.d/release.conf",
          "[Service]\nEnvironment=PYTHONPATH=/usr/local/lib/failing",
        ),
      ],
    },
    failsWith:
      /app-1: will not become ready: answered \d+ of \d+ requests with an error[\s\S]*app-1: its droplet \d+ stays/,
    hurts: 0.005,
  },
  {
    name: "app: canary lets the repaired release pass",
    set: {
      "app.extraFiles": [file("/etc/systemd/system/app.service.d/release.conf", "[Service]\nEnvironment=RELEASE=5")],
    },
  },
  { name: "database: restored beside the first", set: restored({}) },
  { name: "database: the restored one serves", set: restored({ serve: true }) },
  { name: "database: back to the first", set: restored({ serve: false }) },
  { name: "database: to the restored one again", set: restored({ serve: true }) },
  { name: "database: the first one goes", set: restored({ serve: true, keepOriginal: false }) },
];

/** The change of that name; throws with the names that there are. */
export function findChange(name: string): Change {
  const found = changes.find((change) => change.name === name);
  if (found === undefined)
    throw new Error(`change: must be one of ${changes.map((one) => one.name).join(", ")}, got ${name}`);
  return found;
}
