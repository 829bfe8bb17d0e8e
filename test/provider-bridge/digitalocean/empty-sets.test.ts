import type { DigitalOceanClient } from "../../../provider-bridge/digitalocean/client";
import { firewall } from "../../../provider-bridge/digitalocean/firewall";
import { monitorAlert } from "../../../provider-bridge/digitalocean/monitor-alert";

/** Reads a resource from an API that gives this one answer. */
const read = (resource: typeof firewall, answer: object) =>
  resource.read({ id: "1" }, { client: { tryGet: async () => answer } as unknown as DigitalOceanClient } as never);

test("an alert has no uuid beside its id, and empty sets where it names nothing", async () => {
  const alerts = { email: ["ops@example.com"], slack: null };
  const policy = { uuid: "1", type: "v1/insights/droplet/cpu", value: 80, entities: null, tags: [], alerts };
  const state = await read(monitorAlert, { policy });
  expect(state).toMatchObject({ id: "1", entities: [], tags: [] });
  expect(state).not.toHaveProperty("uuid");
});

test("a firewall's rules have every kind of peer, and icmp has an empty port", async () => {
  const rule = { protocol: "icmp", ports: "0", destinations: { addresses: ["0.0.0.0/0"] } };
  const state = await read(firewall, { firewall: { name: "web", outbound_rules: [rule] } });
  expect(state).toMatchObject({ droplet_ids: [], tags: [] });
  expect(state?.["outbound_rule"]).toEqual([
    {
      protocol: "icmp",
      port_range: "",
      destination_addresses: ["0.0.0.0/0"],
      destination_droplet_ids: [],
      destination_load_balancer_uids: [],
      destination_kubernetes_ids: [],
      destination_tags: [],
    },
  ]);
});
