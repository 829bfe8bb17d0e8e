import { configDriveFiles } from "../../../local-cloud/machines/config-drive";
import { exampleDroplet } from "./example-droplet";

const droplet = exampleDroplet(1, "#cloud-config\n{}");
const files = configDriveFiles(droplet, "0123456789abcdef0123456789abcdef");

test("the configuration drive holds the three files that cloud-init reads", () => {
  expect(Object.keys(files).sort()).toEqual(["meta_data.json", "network_data.json", "user_data"]);
});

test("user data is on the configuration drive byte for byte", () => {
  expect(files["user_data"]).toBe("#cloud-config\n{}");
});

test("there is no user data on the configuration drive of a droplet without any", () => {
  expect(configDriveFiles(exampleDroplet(1, ""), "0123456789abcdef0123456789abcdef")).not.toHaveProperty("user_data");
});

test("the droplet's name and keys are on the configuration drive", () => {
  expect(JSON.parse(files["meta_data.json"]!)).toEqual({
    uuid: "0123456789abcdef0123456789abcdef",
    name: "node-1",
    hostname: "node-1",
    public_keys: { "0": droplet.publicKeys[0] },
  });
});

test("the configuration drive gives both interfaces their addresses, and one default route", () => {
  const { links, networks, services } = JSON.parse(files["network_data.json"]!);
  expect(links.map((link: { ethernet_mac_address: string }) => link.ethernet_mac_address)).toEqual([
    "02:00:cb:00:71:0a",
    "02:01:cb:00:71:0a",
  ]);
  expect(
    networks.map((network: Record<string, unknown>) => [network.link, network.ip_address, network.netmask]),
  ).toEqual([
    ["interface0", "203.0.113.10", "255.255.255.0"],
    ["interface0", "10.17.0.10", "255.255.0.0"],
    ["interface1", "10.20.0.5", "255.255.240.0"],
  ]);
  expect(networks.flatMap((network: { routes?: unknown[] }) => network.routes ?? [])).toEqual([
    { network: "0.0.0.0", netmask: "0.0.0.0", gateway: "203.0.113.1" },
  ]);
  expect(services).toEqual([{ type: "dns", address: "192.0.2.53" }]);
});
