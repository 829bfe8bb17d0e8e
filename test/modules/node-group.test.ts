import { Firewall } from "@cdktf/provider-digitalocean/lib/firewall";
import { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import { readFileSync } from "node:fs";
import path from "node:path";
import { NodeGroup, type NodeGroupProps, Readiness, TierTags } from "../../modules";
import { synthesize } from "./synthesized";

function synthesizeGroup(props: Partial<NodeGroupProps> = {}) {
  return synthesize((stack) => {
    const vpc = new Vpc(stack, "vpc", { name: "shop", region: "ams3" });
    const firewall = new Firewall(stack, "firewall", { name: "shop-web" });
    const tags = new TierTags(stack, "tags", { name: "shop" });
    const readiness = new Readiness(stack, "ready", { hostname: "www.example.com", publicPath: [firewall] });
    new NodeGroup(stack, "web", {
      name: "shop",
      region: "ams3",
      tier: "web",
      nodes: 2,
      size: "s-1vcpu-1gb",
      maximumNodes: 20,
      userData: "#cloud-config\n{}\n",
      vpc,
      firewall,
      tags,
      readiness,
      ...props,
    });
  });
}

const tf = synthesizeGroup();

test("a node is a droplet that is replaced before it is destroyed, and has time to drain", () => {
  expect(tf.resource("digitalocean_droplet.web_1")).toEqual({
    name: "shop-web-1",
    region: "ams3",
    size: "s-1vcpu-1gb",
    image: "debian-13-x64",
    vpc_uuid: "${digitalocean_vpc.vpc.id}",
    tags: ["${digitalocean_tag.tags_web.name}"],
    user_data: "${local.web_user-data}",
    monitoring: true,
    droplet_agent: false,
    graceful_shutdown: true,
    timeouts: { delete: "5m" },
    depends_on: ["digitalocean_firewall.firewall"],
    lifecycle: { create_before_destroy: true, replace_triggered_by: ["terraform_data.web_size"] },
  });
});

test("another size replaces the nodes, because DigitalOcean resizes a droplet only while it is off", () => {
  expect(tf.resource("terraform_data.web_size")).toEqual({ triggers_replace: { size: "s-1vcpu-1gb" } });
});

test("user-data is written down once", () => {
  expect(tf.section("locals")["web_user-data"]).toBe("#cloud-config\n{}\n");
  expect(tf.text.match(/#cloud-config/g)).toHaveLength(1);
});

test("a gate asks for the new droplet with the program, and shows what it prints", () => {
  expect(tf.resource("terraform_data.web_2_gate")).toEqual({
    triggers_replace: { droplet: "${digitalocean_droplet.web_2.id}" },
    depends_on: ["digitalocean_firewall.firewall"],
    lifecycle: { create_before_destroy: true },
    provisioner: [
      {
        "local-exec": {
          command: 'exec sh -c "$WAIT_UNTIL_READY"',
          environment: {
            WAIT_UNTIL_READY: "${local.ready_program}",
            NODE_NAME: "shop-web-2",
            NODE_URL: "https://www.example.com/.well-known/infrastructure/nodes/${digitalocean_droplet.web_2.id}",
            LIMIT_SECONDS: "600",
            READINESS_TOKEN: "${nonsensitive(sha256(tls_private_key.ready_seed.private_key_pem))}",
          },
        },
      },
    ],
  });
});

test("the program arrives as it is in the repository", () => {
  const [, base64] = /^\$\{base64decode\("([A-Za-z0-9+/=]+)"\)\}$/.exec(tf.section("locals").ready_program)!;
  const file = path.resolve(__dirname, "../../modules/readiness-gate/wait-until-ready");
  expect(Buffer.from(base64!, "base64").toString()).toBe(readFileSync(file, "utf8"));
});

/** What each node waits for, by its id. */
function waits(props: Partial<NodeGroupProps>): Record<string, string[]> {
  const droplets = synthesizeGroup(props).resources("digitalocean_droplet");
  const gates = (after: string[]) =>
    after.flatMap((address) => /^terraform_data\.web_(\d+)_gate$/.exec(address)?.[1] ?? []);
  return Object.fromEntries(
    Object.entries(droplets).map(([name, { depends_on: after }]) => [name.replace("web_", ""), gates(after)]),
  );
}

test("each node waits until the one before it is ready", () => {
  expect(waits({ nodes: 4 })).toEqual({ 1: [], 2: ["1"], 3: ["2"], 4: ["3"] });
});

test("each batch waits until all of the one before it are ready", () => {
  expect(waits({ nodes: 5, batchSize: 2 })).toEqual({ 1: [], 2: [], 3: ["1", "2"], 4: ["1", "2"], 5: ["3", "4"] });
});

test("a node more changes nothing about the others", () => {
  const more = synthesizeGroup({ nodes: 3 });
  for (const address of tf.addresses()) expect(more.resource(address)).toEqual(tf.resource(address));
});

test("a single node is one where that is wanted", () => {
  const alone = synthesizeGroup({ nodes: 1, allowSinglePointsOfFailure: true });
  expect(Object.keys(alone.resources("digitalocean_droplet"))).toEqual(["web_1"]);
});

test("droplets carry your tags beside the tier's, and are put into your project", () => {
  const project = "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679";
  const yours = synthesizeGroup({ extraTags: ["shop", "env:test"], project });
  expect(yours.resource("digitalocean_droplet.web_2").tags).toEqual([
    "${digitalocean_tag.tags_web.name}",
    "shop",
    "env:test",
  ]);
  expect(yours.resources("digitalocean_project_resources")).toEqual({
    web_project: { project, resources: ["${digitalocean_droplet.web_1.urn}", "${digitalocean_droplet.web_2.urn}"] },
  });
});

test("keys that may log in are passed on", () => {
  const sshKeys = ["3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa"];
  const keyed = synthesizeGroup({ sshKeys });
  expect(keyed.resource("digitalocean_droplet.web_1").ssh_keys).toEqual(sshKeys);
});

test.each<[Partial<NodeGroupProps>, string]>([
  [
    { nodes: 1 },
    "nodes: must be a whole number from 2 to 20, got 1 (a single point of failure, set allowSinglePointsOfFailure to true where that is wanted)",
  ],
  [{ nodes: 2.5 }, "nodes: must be a whole number from 2 to 20, got 2.5"],
  [{ batchSize: 0 }, "batchSize: must be a whole number from 1 to 20, got 0"],
  [{ size: "big" }, 'size: must be a droplet size such as "s-1vcpu-1gb", got "big"'],
  [{ region: "mars1" as "ams3" }, "region: must be one of ams3, "],
  [{ image: "Debian 13" }, 'image: must be an image such as "debian-13-x64", got "Debian 13"'],
  [{ sshKeys: ["ssh-ed25519 AAAA"] }, "sshKeys[0]: must be the id or the fingerprint of a key of the account, got"],
  [{ project: "shop" }, 'project: must be an id of 32 hexadecimal digits and 4 hyphens, got "shop"'],
])("fails with %j", (props, message) => {
  expect(() => synthesizeGroup(props)).toThrow(message);
});
