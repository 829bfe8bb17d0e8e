import { answerMetadata } from "../../../local-cloud/metadata/metadata-tree";
import { exampleDroplet } from "../machines/example-droplet";

const droplet = exampleDroplet(1, "#cloud-config\n{}");
const holder = { droplet, reservedIp: "198.51.100.10" };
const other = { droplet, reservedIp: undefined };

describe("answerMetadata", () => {
  test.each([
    ["id", "101"],
    ["hostname", "node-1"],
    ["user-data", "#cloud-config\n{}"],
    ["region", "fra1"],
    ["public-keys", droplet.publicKeys[0]],
    ["interfaces/public/0/ipv4/address", "203.0.113.10"],
    ["interfaces/public/0/anchor_ipv4/address", "10.17.0.10"],
    ["interfaces/public/0/anchor_ipv4/gateway", "10.17.0.1"],
    ["interfaces/public/0/mac", "02:00:cb:00:71:0a"],
    ["interfaces/private/0/ipv4/address", "10.20.0.5"],
    ["interfaces/private/0/ipv4/netmask", "255.255.240.0"],
    ["interfaces/private/0/type", "private"],
    ["dns/nameservers", "192.0.2.53"],
    ["tags/", "web"],
    ["reserved_ip/ipv4/active", "true"],
    ["reserved_ip/ipv4/ip_address", "198.51.100.10"],
    ["floating_ip/ipv4/active", "true"],
    ["floating_ip/ipv4/ip_address", "198.51.100.10"],
  ])("answers %s with the value alone", (path, body) => {
    expect(answerMetadata(`/metadata/v1/${path}`, holder)).toMatchObject({ status: 200, body });
  });

  test("lists a directory, with a slash behind what is a directory itself", () => {
    expect(answerMetadata("/metadata/v1/", holder).body.split("\n")).toEqual([
      "id",
      "hostname",
      "user-data",
      "vendor-data",
      "public-keys",
      "region",
      "interfaces/",
      "dns/",
      "floating_ip/",
      "reserved_ip/",
      "tags/",
      "features/",
    ]);
    expect(answerMetadata("/metadata/v1/reserved_ip/ipv4/", holder).body).toBe("active\nip_address");
  });

  test("redirects a directory without a slash", () => {
    const answer = answerMetadata("/metadata/v1/reserved_ip", holder);
    expect(answer).toMatchObject({ status: 301, location: "/metadata/v1/reserved_ip/" });
  });

  test("says false, and has no address, for a droplet that does not hold a reserved IP", () => {
    expect(answerMetadata("/metadata/v1/reserved_ip/ipv4/active", other)).toMatchObject({ status: 200, body: "false" });
    expect(answerMetadata("/metadata/v1/reserved_ip/ipv4/ip_address", other).status).toBe(404);
  });

  test("has everything in one document", () => {
    const answer = answerMetadata("/metadata/v1.json", holder);
    expect(answer.contentType).toBe("application/json");
    expect(JSON.parse(answer.body)).toMatchObject({
      droplet_id: 101,
      hostname: "node-1",
      region: "fra1",
      user_data: "#cloud-config\n{}",
      interfaces: {
        public: [
          {
            ipv4: { ip_address: "203.0.113.10", netmask: "255.255.255.0", gateway: "203.0.113.1" },
            anchor_ipv4: { ip_address: "10.17.0.10", netmask: "255.255.0.0", gateway: "10.17.0.1" },
            type: "public",
          },
        ],
        private: [{ ipv4: { ip_address: "10.20.0.5", netmask: "255.255.240.0", gateway: "10.20.0.1" } }],
      },
      reserved_ip: { ipv4: { active: true, ip_address: "198.51.100.10" } },
      floating_ip: { ipv4: { active: true, ip_address: "198.51.100.10" } },
      tags: ["web"],
    });
  });

  test.each(["/", "/metadata/v2/", "/metadata/v1/constructor", "/metadata/v1/id/", "/latest/meta-data/"])(
    "fails with 404 for %s",
    (path) => expect(answerMetadata(path, holder).status).toBe(404),
  );
});
