import { Droplet } from "@cdktf/provider-digitalocean/lib/droplet";
import { Firewall } from "@cdktf/provider-digitalocean/lib/firewall";
import { TerraformLocal, TerraformStack } from "cdktf";
import { Tier, type WebInfrastructure, type WebInfrastructureProps } from "../../../modules";
import { cloudflare } from "../../../provider-bridge/cloudflare/provider";
import { digitalocean } from "../../../provider-bridge/digitalocean/provider";
import { tls } from "../../../provider-bridge/tls/provider";
import type { Configuration } from "../../../tools/proof/configuration";
import { prove } from "../../../tools/proof/proof";
import { renderProof } from "../../../tools/proof/render-proof";
import { SENSITIVE } from "../../../tools/proof/secrets";
import { createSite, type Synthesized, synthesize, synthesizeSite } from "../../modules/synthesized";

const proofOf = (props: Partial<WebInfrastructureProps> = {}, extend?: (site: WebInfrastructure) => void) =>
  prove(configurationOf(props, extend));

function configurationOf(props: Partial<WebInfrastructureProps>, extend?: (site: WebInfrastructure) => void): any {
  return read(synthesizeSite(props, extend));
}

/** Without the hashes behind names. */
function read({ text }: Synthesized): Configuration {
  return JSON.parse(text.replace(/_[0-9A-F]{8}\b/g, ""));
}

/** Without the site's name before everything. */
const lines = (rows: readonly object[]) =>
  rows.map((row) =>
    Object.values(row)
      .join(" ")
      .replace(/www-example-com-/g, ""),
  );

describe("a site as it is by default", () => {
  const proof = proofOf({ ssh: { keys: ["1"], sources: ["192.0.2.0/24"] } });

  test("lets through what the design needs, and nothing else", () => {
    expect(lines(proof.reachability)).toEqual([
      "load-balancer Cloudflare tcp 1024-65535",
      ...["app", "load-balancer", "web"].flatMap((tier) => [
        `${tier} any address icmp `,
        `${tier} any address tcp 53, 80, 443`,
        `${tier} any address udp 53, 123`,
      ]),
      "192.0.2.0/24 app tcp 22",
      "load-balancer app tcp 8500",
      "web app tcp 8000, 8501",
      "192.0.2.0/24 load-balancer tcp 22",
      "Cloudflare load-balancer tcp 443",
      "load-balancer load-balancer tcp 8404, 8500",
      "load-balancer load-balancer udp 4789",
      "app postgres tcp 25060-25061",
      "app postgres-replica-1 tcp 25060-25061",
      "app postgres-replica-2 tcp 25060-25061",
      "192.0.2.0/24 web tcp 22",
      "load-balancer web tcp 80, 8500-8501",
    ]);
  });

  test("says what the platform has to allow, and what of it can be raised", () => {
    const needed = (what: string) => proof.limits.find((limit) => limit.what === what);
    expect(needed("droplets, while all tiers are replaced")).toMatchObject({ needed: 12, limit: 25, isFixed: false });
    expect(needed("rules of the firewall www-example-com-app")).toMatchObject({ needed: 12, limit: 50, isFixed: true });
    // Two load balancers and two web nodes, each every ten seconds.
    expect(needed("requests an hour with var.discovery_token, at first")).toMatchObject({ needed: 1440, limit: 5000 });
    const many = proofOf({ web: { nodes: 20 } });
    expect(many.limits[0]).toMatchObject({ needed: 48 });
    expect(many.problems).toEqual([]);
  });

  test("has no single point of failure", () => {
    expect(lines(proof.parts)).toEqual([
      "app droplets 2 1",
      "load-balancer droplets 2 1",
      "web droplets 2 1",
      "postgres database cluster 2 1",
    ]);
  });

  test("has its secrets where they are needed only", () => {
    expect(lines(proof.secrets).filter((line) => !line.includes("readiness"))).toEqual([
      "digitalocean_database_cluster.site_database.password app /etc/infrastructure/database-admin.url",
      "digitalocean_database_user.site_database_user.password app /etc/infrastructure/app.env",
      "tls_private_key.site_hostname_origin_key.private_key_pem load-balancer /etc/haproxy/tls/site.pem.key",
      "var.database_token app /etc/infrastructure/database-endpoints.env",
      "var.discovery_token load-balancer /etc/infrastructure/discovery.token",
      "var.discovery_token web /etc/infrastructure/discovery.token",
      "var.failover_token load-balancer /etc/infrastructure/failover.token",
    ]);
    // Of the seed nobody has more than a digest.
    const readiness = proof.secrets.filter(({ secret }) => secret.includes("readiness"));
    expect(new Set(readiness.map(({ secret }) => secret.split("(")[0]))).toEqual(new Set(["sha256"]));
    expect(readiness.length).toBe(9);
  });

  test("knows the size of user-data, and of the files in it", () => {
    const [app, loadBalancer, web] = proof.userData;
    for (const size of [app!, loadBalancer!, web!]) {
      expect(size.total).toBe(size.compressed + size.late);
      expect(size.total).toBeLessThan(size.limit);
      expect(size.files.length).toBeGreaterThan(25);
    }
    expect(loadBalancer!.lateValues).toBe(7);
    expect(web!.files.map(({ path }) => path)).toContain("/etc/nginx/nginx.conf");
  });

  test("has no problems, and says so", () => {
    expect(proof.problems).toEqual([]);
    expect(renderProof(proof)).toMatch(/\nCloudflare +www-example-com-load-balancer +tcp +443\n[^]*\nno problems$/);
  });
});

describe("a site with more", () => {
  test("shows tiers and flows of its own, and networks", () => {
    const proof = proofOf({ database: { trustedSources: ["198.51.100.7/32"] } }, (site) => {
      new Tier(site, "workers", { workload: { kind: "container", image: "ghcr.io/acme/worker:1" } });
      site.traffic.allow({ from: "app", to: "workers", protocol: "tcp", port: 6379 });
      site.traffic.allow({ from: "203.0.113.0/24", to: "workers", protocol: "tcp", port: "9000-9010" });
    });
    expect(lines(proof.reachability)).toEqual(
      expect.arrayContaining([
        "app workers tcp 6379",
        "203.0.113.0/24 workers tcp 9000-9010",
        "load-balancer workers tcp 8500",
        "workers postgres tcp 25060-25061",
        "198.51.100.7 postgres tcp 25060-25061",
      ]),
    );
    expect(proof.problems).toEqual([]);
  });

  test("what one firewall lets out and the other does not let in is not let through", () => {
    const configuration = configurationOf({});
    configuration.resource.digitalocean_firewall.site_firewalls_web.outbound_rule.push({
      protocol: "tcp",
      port_range: "5000-6000",
      destination_tags: ["${digitalocean_tag.site_tags_app.name}"],
    });
    expect(lines(prove(configuration).reachability)).toContain("web app tcp 8000, 8501");
    configuration.resource.digitalocean_firewall.site_firewalls_app.inbound_rule.push({
      protocol: "tcp",
      port_range: "5500-7000",
      source_addresses: ["${digitalocean_vpc.site_network.ip_range}"],
    });
    expect(lines(prove(configuration).reachability)).toContain("web app tcp 5500-6000, 8000, 8501");
    expect(lines(prove(configuration).reachability)).not.toContain("app app tcp 5500-6000");
  });
});

describe("finds", () => {
  const inStack = (extend: (stack: TerraformStack, site: WebInfrastructure) => void) =>
    proofOf({}, (site) => extend(TerraformStack.of(site), site)).problems;
  const world = ["0.0.0.0/0", "::/0"];

  test("a firewall beside ours that opens the web nodes to everybody", () => {
    const problems = inStack(
      (stack) =>
        new Firewall(stack, "debug", {
          name: "debug",
          tags: ["${digitalocean_tag.site_tags_web.name}"],
          inboundRule: [{ protocol: "tcp", portRange: "80", sourceAddresses: world }],
        }),
    );
    expect(problems).toEqual([
      "www-example-com-web: any address may reach it past Cloudflare, name the networks that may",
    ]);
  });

  test("a droplet without a firewall, not one that is for everybody and leads nowhere", () => {
    const droplet = { region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64" };
    const problems = inStack((stack) => {
      new Droplet(stack, "bare", { ...droplet, name: "bare" });
      for (const name of ["vpn-1", "vpn-2"]) new Droplet(stack, name, { ...droplet, name, tags: ["vpn"] });
      new Firewall(stack, "vpn", {
        name: "vpn",
        tags: ["vpn"],
        inboundRule: [{ protocol: "udp", portRange: "51820", sourceAddresses: world }],
        outboundRule: [{ protocol: "udp", portRange: "51820", destinationAddresses: world }],
      });
    });
    expect(problems).toEqual([
      "bare: has no firewall, give it one by a tag",
      "bare: droplets of 1, nothing is left when one is lost",
    ]);
  });

  test("a database that everybody may reach", () => {
    const configuration = configurationOf({});
    delete configuration.resource.digitalocean_database_firewall.site_database_replicas_1_firewall;
    expect(prove(configuration).problems).toEqual([
      "www-example-com-postgres-replica-1: any address may reach it, name the tags that may with a digitalocean_database_firewall",
    ]);
  });

  test("what is there once, unless that is meant", () => {
    const configuration = configurationOf({
      allowSinglePointsOfFailure: true,
      web: { nodes: 1 },
      database: { nodes: 1, readReplicas: 0 },
    });
    expect(prove(configuration).problems).toEqual([
      "www-example-com-web: droplets of 1, nothing is left when one is lost",
      "www-example-com-postgres: database cluster of 1, nothing is left when one is lost",
    ]);
    expect(prove(configuration, { singlePointsOfFailure: true }).problems).toEqual([]);
  });

  test("a secret that is written out, in what travels compressed too", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEH\n-----END PRIVATE KEY-----\n";
    const problems = proofOf({ web: { extraFiles: [{ path: "/etc/partner.key", content: key }] } }).problems;
    expect(problems).toEqual([
      "www-example-com-web: /etc/partner.key: a secret is written out, make it a sensitive variable",
    ]);
  });

  test("secrets that a tier has no use for", () => {
    const tf = synthesize((stack) => {
      const late = (path: string, address: string) => ({
        path,
        content: new TerraformLocal(stack, path, `\${${address}}`).asString,
      });
      const extraFiles = [
        late("/etc/license", "var.failover_token"),
        late("/etc/shop/failover.token", "var.failover_token"),
        late("/etc/shop/database", "digitalocean_database_user.site_database_user_3A4BD3BA.password"),
        late("/etc/shop/tls.key", "tls_private_key.site_hostname_origin_key_77E36456.private_key_pem"),
      ];
      createSite(stack, "site", { web: { extraFiles } });
    });
    const { problems, secrets } = prove(read(tf));
    // What a file of yours may be for, nobody can tell but you.
    expect(lines(secrets)).toContain("var.failover_token web /etc/license");
    const [place, end] = ["www-example-com-web: ", ", which these droplets have no use for"];
    expect(problems).toEqual([
      `${place}/etc/shop/database has digitalocean_database_user.site_database_user.password${end}`,
      `${place}/etc/shop/tls.key has tls_private_key.site_hostname_origin_key.private_key_pem${end}`,
      `${place}/etc/shop/failover.token has var.failover_token${end}`,
    ]);
  });

  test("a firewall with more than DigitalOcean takes", () => {
    const configuration = configurationOf({});
    const firewall = configuration.resource.digitalocean_firewall.site_firewalls_web;
    firewall.tags = ["${digitalocean_tag.site_tags_web.name}", "a", "b", "c", "d", "e"];
    firewall.inbound_rule = Array.from({ length: 50 }, (_, port) => ({
      protocol: "tcp",
      port_range: `${1000 + port}`,
      source_addresses: ["192.0.2.1/32"],
    }));
    const rules = 50 + firewall.outbound_rule.length;
    expect(prove(configuration).problems).toEqual([
      `rules of the firewall www-example-com-web: must be at most 50, got ${rules}`,
      "tags of the firewall www-example-com-web: must be at most 5, got 6",
    ]);
  });
});

test("every attribute that the providers call sensitive is a secret", () => {
  const types = { ...cloudflare.resources, ...digitalocean.resources, ...tls.resources };
  const computed = Object.entries(types).flatMap(([type, { attributes }]) =>
    Object.entries(attributes as Record<string, { sensitive?: boolean; computed?: boolean }>)
      .filter(([, attribute]) => attribute.sensitive && attribute.computed)
      .map(([name]) => `${type}.${name}`),
  );
  const known = Object.entries(SENSITIVE).flatMap(([type, names]) => names.map((name) => `${type}.${name}`));
  expect(computed.length).toBeGreaterThan(8);
  expect(known.sort()).toEqual(computed.sort());
});
