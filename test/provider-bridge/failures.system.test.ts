import { needsTerraform } from "./needs-terraform";
import { ScriptedApi, type Answer, type Script } from "./scripted-api";
import { TerraformProject } from "./terraform-project";

const zone_id = "023e105f4ecef8ad9ca31a8372d0c353";
const requestId = "4d9d8375-3c56-4925-a3e7-eb137fed17e9";
const record = { zone_id, name: "www.example.com", type: "A", content: "198.51.100.10", proxied: true, ttl: 1 };
const dropletConfig = { name: "web-1", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64" };
const notFound = {
  status: 404,
  body: { id: "not_found", message: "The resource was not found.", request_id: requestId },
};

function droplet(changes: object = {}): { droplet: object } {
  const size = { slug: "s-1vcpu-1gb", price_monthly: 6, price_hourly: 0.00893 };
  const fields = {
    id: 7,
    name: "web-1",
    status: "active",
    locked: false,
    memory: 1024,
    vcpus: 1,
    disk: 25,
    vpc_uuid: "v",
  };
  return {
    droplet: { ...fields, created_at: "", features: [], region: { slug: "fra1" }, size, networks: {}, ...changes },
  };
}

const tagAnswer = (name: string): Answer => {
  const kinds = ["droplets", "images", "volumes", "volume_snapshots", "databases"];
  const resources = { count: 0, ...Object.fromEntries(kinds.map((kind) => [kind, { count: 0 }])) };
  return { status: 200, body: { tag: { name, resources } } };
};

needsTerraform("failures", () => {
  let api: ScriptedApi | undefined;
  let project: TerraformProject | undefined;

  async function start(script: Script, resource: object): Promise<{ api: ScriptedApi; project: TerraformProject }> {
    api = await ScriptedApi.start(script);
    project = await TerraformProject.start(api.environment);
    await project.configure({ resource });
    return { api, project };
  }

  afterEach(async () => {
    await project?.[Symbol.asyncDispose]();
    await api?.[Symbol.asyncDispose]();
    [project, api] = [undefined, undefined];
  });

  test("a droplet that does not become ready is tainted, and replaced by the next apply", async () => {
    let state = "errored";
    const script: Script = ({ method, path }) => {
      if (method === "POST" && path === "/v2/droplets") return { status: 202, body: droplet({ status: "new" }) };
      if (method === "DELETE") state = "gone";
      if (state === "gone" && method === "GET") return notFound;
      return method === "DELETE" ? { status: 204 } : { status: 200, body: droplet({ status: state }) };
    };
    const { project } = await start(script, { digitalocean_droplet: { web: dropletConfig } });
    const run = await project.apply();
    const error = "Error waiting for droplet (7) to become ready: unexpected state 'errored', wanted target 'active'";
    expect(plain(run.output)).toContain(error);
    expect(await project.plannedActions("-refresh=false")).toEqual({ "digitalocean_droplet.web": "delete+create" });
    expect((await project.run("show")).output).toContain("(tainted)");
  });

  test("a cluster that cannot be waited for is left out of the state, as by the real provider", async () => {
    const cluster = { name: "db", engine: "pg", version: "17", size: "s", region: "fra1", node_count: 1 };
    const script: Script = ({ method }) =>
      method === "POST"
        ? { status: 201, body: { database: { id: "c", status: "creating" } } }
        : { status: 422, body: { message: "refused" } };
    const { project } = await start(script, { digitalocean_database_cluster: { main: cluster } });
    const { output } = await project.apply();
    expect(plain(output)).toContain(
      "Error creating database cluster: Error trying to read database cluster state: GET http://",
    );
    expect(await project.addresses()).toEqual([]);
  });

  test("an error of DigitalOcean is printed with the request and its id", async () => {
    const body = { id: "unprocessable_entity", message: "Name is invalid", request_id: requestId };
    const { api, project } = await start(() => ({ status: 422, body }), { digitalocean_tag: { web: { name: "web" } } });
    const { output } = await project.apply();
    expect(plain(output)).toContain(
      `Error: Error creating tag: POST ${api.url}/v2/tags: 422 (request "${requestId}") Name is invalid`,
    );
  });

  test("a server error is tried five times", async () => {
    const { api, project } = await start(() => ({ status: 500, body: { message: "x" } }), {
      digitalocean_tag: { web: { name: "web" } },
    });
    expect(plain((await project.apply()).output)).toContain("500 x; giving up after 5 attempt(s)");
    expect(api.requests).toEqual(Array(5).fill("POST /v2/tags"));
  });

  test("a dropped connection, a rate limit and a server error are ridden out", async () => {
    const passing: (Answer | "drop")[] = ["drop", { status: 429, headers: { "retry-after": "0" } }, { status: 503 }];
    const { project } = await start(() => passing.shift() ?? tagAnswer("web"), {
      digitalocean_tag: { web: { name: "web" } },
    });
    expect(await project.apply()).toMatchObject({ code: 0 });
  });

  test("an object that is not there right after its creation is an inconsistent result", async () => {
    const script: Script = ({ method }) => (method === "POST" ? tagAnswer("web") : notFound);
    const { project } = await start(script, { digitalocean_tag: { web: { name: "web" } } });
    expect(plain((await project.apply()).output)).toContain("Root object was present, but now absent");
  });

  test("what is already gone cannot be deleted", async () => {
    const script: Script = ({ method }) => (method === "DELETE" ? notFound : tagAnswer("web"));
    const { project } = await start(script, { digitalocean_tag: { web: { name: "web" } } });
    await project.apply();
    const { code, output } = await project.destroy();
    expect({ code, output: plain(output) }).toEqual({
      code: 1,
      output: expect.stringContaining("Error deleting tag: DELETE http"),
    });
    expect(await project.addresses()).toEqual(["digitalocean_tag.web"]);
  });

  test("a droplet that does not shut down in time is not deleted", async () => {
    const script: Script = ({ method, path }) => {
      if (method === "POST" && path === "/v2/droplets") return { status: 202, body: droplet() };
      return method === "DELETE"
        ? { status: 500 }
        : { status: method === "POST" ? 201 : 200, body: { ...droplet(), action: {} } };
    };
    const config = { ...dropletConfig, graceful_shutdown: true, timeouts: { delete: "2s" } };
    const { api, project } = await start(script, { digitalocean_droplet: { web: config } });
    await project.apply();
    const { output } = await project.destroy();
    expect(plain(output)).toContain("Error waiting for droplet (7) to become off: context deadline exceeded");
    expect(api.requests.filter((request) => request.startsWith("DELETE"))).toEqual([]);
    expect(await project.addresses()).toEqual(["digitalocean_droplet.web"]);
  });

  test("a droplet that stays locked is not deleted", async () => {
    let locked = false;
    const script: Script = ({ method }) => ({ status: method === "POST" ? 202 : 200, body: droplet({ locked }) });
    const config = { ...dropletConfig, timeouts: { delete: "1s" } };
    const { project } = await start(script, { digitalocean_droplet: { web: config } });
    await project.apply();
    locked = true;
    expect(plain((await project.destroy()).output)).toContain(
      "Error waiting for droplet to be unlocked for destroy (7): timeout while waiting for state to become 'false' (timeout: 1s)",
    );
  });

  test("an answer that crashes the real provider is an error that names what is missing", async () => {
    const script: Script = ({ method }) => ({
      status: method === "POST" ? 202 : 200,
      body: droplet({ networks: undefined }),
    });
    const { project } = await start(script, { digitalocean_droplet: { web: dropletConfig } });
    expect(plain((await project.apply()).output)).toContain(
      "droplet.networks: missing in the API's answer; the real provider crashes on it",
    );
  });

  test("an error of Cloudflare is printed with the raw answer", async () => {
    const body = { success: false, errors: [{ code: 81057, message: "A record with that host already exists." }] };
    const { api, project } = await start(() => ({ status: 400, body }), { cloudflare_dns_record: { www: record } });
    const output = plain((await project.apply()).output);
    expect(output).toContain("Error: failed to make http request");
    expect(output).toContain(
      `POST "${api.url}/client/v4/zones/${zone_id}/dns_records": 400 Bad Request ${JSON.stringify(body)}`,
    );
  });

  test("an error of Cloudflare with status 200 is taken for success and leaves a record without id", async () => {
    const body = { success: false, errors: [{ code: 1004, message: "DNS Validation Error" }], result: null };
    const { project } = await start(() => ({ status: 200, body }), { cloudflare_dns_record: { www: record } });
    expect(await project.apply()).toMatchObject({ code: 0 });
    expect(plain((await project.run("plan")).output)).toContain("missing required dns_record_id parameter");
  });

  test("a proxied record with a time to live of its own is refused", async () => {
    const { api, project } = await start(() => undefined, { cloudflare_dns_record: { www: { ...record, ttl: 300 } } });
    expect((await project.apply()).output).toContain("ttl must be set to 1 when `proxied` is true");
    expect(api.requests).toEqual([]);
  });

  test("another private key for the same client certificate is an inconsistent result", async () => {
    const resource = (private_key: string) => ({
      cloudflare_authenticated_origin_pulls_certificate: { edge: { zone_id, certificate: "C", private_key } },
    });
    const answer = { status: 200, body: { success: true, result: { id: "1", certificate: "C" } } };
    const { api, project } = await start(() => answer, resource("A"));
    await project.apply();
    await project.configure({ resource: resource("B") });
    const before = api.requests.length;
    expect(plain((await project.apply()).output)).toContain("inconsistent values for sensitive attribute");
    expect(api.requests.slice(before)).toEqual([expect.stringMatching(/^GET /)]);
  });

  test("a number as zone setting never settles", async () => {
    const result = { id: "min_tls_version", value: 1.2, editable: true, modified_on: "2026-01-15T09:05:00Z" };
    const setting = { zone_id, setting_id: "min_tls_version", value: 1.2 };
    const { project } = await start(() => ({ status: 200, body: { success: true, result } }), {
      cloudflare_zone_setting: { tls: setting },
    });
    await project.apply();
    expect(await project.plannedActions()).toEqual({ "cloudflare_zone_setting.tls": "update" });
  });

  const refused: readonly [string, object, string][] = [
    [
      "an attribute that the type does not have",
      { digitalocean_tag: { a: { name: "a", colour: "red" } } },
      'No argument or block type is named "colour"',
    ],
    [
      "a type that the provider does not have",
      { digitalocean_tagg: { a: { name: "a" } } },
      "does not support resource type",
    ],
    [
      "a tag with a space",
      { digitalocean_tag: { a: { name: "a b" } } },
      "may contain letters, numbers, colons, dashes, and underscores",
    ],
    [
      "a firewall without rules",
      { digitalocean_firewall: { a: { name: "a" } } },
      "At least one rule must be specified",
    ],
    [
      "a firewall rule for VRRP",
      { digitalocean_firewall: { a: { name: "a", inbound_rule: [{ protocol: "vrrp" }] } } },
      'to be one of ["tcp" "udp" "icmp"], got vrrp',
    ],
    [
      "a firewall rule without ports",
      { digitalocean_firewall: { a: { name: "a", inbound_rule: [{ protocol: "tcp" }] } } },
      "`port_range` of inbound rules is required if protocol is `tcp` or `udp`",
    ],
    [
      "a firewall rule with empty ports",
      { digitalocean_firewall: { a: { name: "a", inbound_rule: [{ protocol: "tcp", port_range: "" }] } } },
      "inbound_rule.0.port_range must not be empty, got",
    ],
    [
      "a pool mode that does not exist",
      {
        digitalocean_database_connection_pool: {
          a: { cluster_id: "c", name: "abc", mode: "x", size: 1, db_name: "d" },
        },
      },
      'expected mode to be one of ["session" "transaction" "statement"], got x',
    ],
    [
      "a validity that Cloudflare does not offer",
      {
        cloudflare_origin_ca_certificate: {
          a: { csr: "x", hostnames: ["a"], request_type: "origin-ecc", requested_validity: 100 },
        },
      },
      "expected requested_validity to be one of [7 30 90 365 730 1095 5475], got 100",
    ],
    [
      "a time limit that is no duration",
      { digitalocean_droplet: { a: { ...dropletConfig, timeouts: { delete: "five" } } } },
      'must be a duration such as "90s" or "1h30m", got "five"',
    ],
    [
      "PgBouncer settings, which crash the real provider",
      { digitalocean_database_postgresql_config: { a: { cluster_id: "c", pgbouncer: [{ min_pool_size: 1 }] } } },
      "pgbouncer: the real provider crashes on this block",
    ],
    [
      "two owners of a ruleset",
      { cloudflare_ruleset: { a: { zone_id, account_id: zone_id, kind: "zone", name: "a", phase: "http_ratelimit" } } },
      "exactly one must be set, got 2",
    ],
  ];

  test("refuses what the real providers refuse, before any request", async () => {
    const { api, project } = await start(() => undefined, {});
    for (const [what, resource, text] of refused) {
      await project.write({ resource });
      const { code, output } = await project.run("plan");
      expect({ what, code, output: plain(output) }).toEqual({ what, code: 1, output: expect.stringContaining(text) });
    }
    expect(api.requests).toEqual([]);
  });
});

/** Terraform breaks lines; the texts are looked for in one. */
function plain(output: string): string {
  return output.replace(/\s+/g, " ");
}
