import { renderRules } from "../../../local-cloud/postgres/endpoint";

const ports = { port: 25060, poolPort: 25061 };

describe("who may reach a database", () => {
  test("everyone, while nothing is said", () => {
    expect(renderRules(ports, undefined, []).inbound).toEqual([
      { protocol: "tcp", ports: "25060", addresses: ["0.0.0.0/0", "::/0"] },
      { protocol: "tcp", ports: "25061", addresses: ["0.0.0.0/0", "::/0"] },
      { protocol: "tcp", ports: "9273", addresses: ["0.0.0.0/0", "::/0"] },
    ]);
  });

  test("trusted sources on all ports of clients, those who follow it where it streams", () => {
    expect(renderRules(ports, ["10.10.0.5/32"], ["10.10.0.21"]).inbound).toEqual([
      { protocol: "tcp", ports: "25060", addresses: ["10.10.0.5/32"] },
      { protocol: "tcp", ports: "25061", addresses: ["10.10.0.5/32"] },
      { protocol: "tcp", ports: "9273", addresses: ["10.10.0.5/32"] },
      { protocol: "tcp", ports: "25060", addresses: ["10.10.0.21/32"] },
      { protocol: "tcp", ports: "25069", addresses: ["10.10.0.21/32"] },
    ]);
  });

  test("no client, when the trusted sources are an empty list", () => {
    expect(renderRules(ports, [], ["10.10.0.21"]).inbound).toEqual([
      { protocol: "tcp", ports: "25060", addresses: ["10.10.0.21/32"] },
      { protocol: "tcp", ports: "25069", addresses: ["10.10.0.21/32"] },
    ]);
  });
});
