import { EVERYTHING, renderFirewallChains } from "../../../local-cloud/network/firewall-chain";

describe("renderFirewallChains", () => {
  test("lets only what the rules name go on, and drops the rest", () => {
    const text = renderFirewallChains("d7", {
      inbound: [
        { protocol: "tcp", ports: "443", addresses: ["198.51.100.192/26"] },
        { protocol: "udp", ports: "4000-4010", addresses: ["10.20.0.5", "203.0.113.10"] },
        { protocol: "icmp", addresses: ["0.0.0.0/0", "::/0"] },
      ],
      outbound: [...EVERYTHING],
    });
    expect(text).toBe(
      [
        "add chain inet cloud in_d7",
        "flush chain inet cloud in_d7",
        "add rule inet cloud in_d7 ip saddr { 198.51.100.192-198.51.100.255 } tcp dport 443 return",
        "add rule inet cloud in_d7 ip saddr { 10.20.0.5, 203.0.113.10 } udp dport 4000-4010 return",
        "add rule inet cloud in_d7 meta l4proto icmp return",
        "add rule inet cloud in_d7 counter drop",
        "add chain inet cloud out_d7",
        "flush chain inet cloud out_d7",
        "add rule inet cloud out_d7 meta l4proto tcp return",
        "add rule inet cloud out_d7 meta l4proto udp return",
        "add rule inet cloud out_d7 meta l4proto icmp return",
        "add rule inet cloud out_d7 counter drop",
        "",
      ].join("\n"),
    );
  });

  test("lets everything go on when no firewall is attached", () => {
    expect(renderFirewallChains("d7", undefined)).toBe(
      "add chain inet cloud in_d7\nflush chain inet cloud in_d7\n" +
        "add chain inet cloud out_d7\nflush chain inet cloud out_d7\n",
    );
  });

  test("drops everything when the firewall has no rule", () => {
    const text = renderFirewallChains("d7", { inbound: [], outbound: [] });
    expect(text.match(/add rule .*/g)).toEqual([
      "add rule inet cloud in_d7 counter drop",
      "add rule inet cloud out_d7 counter drop",
    ]);
  });

  test("leaves out a rule that is for IPv6 only, instead of opening it to everyone", () => {
    const text = renderFirewallChains("d7", {
      inbound: [{ protocol: "tcp", ports: "22", addresses: ["::/0"] }],
      outbound: [],
    });
    expect(text).not.toContain("dport 22");
  });

  test.each(["70000", "9-8", "80; accept", "0x50", ""])("fails for the ports %j", (ports) => {
    const rules = { inbound: [{ protocol: "tcp", ports, addresses: ["0.0.0.0/0"] } as const], outbound: [] };
    expect(() => renderFirewallChains("d7", rules)).toThrow(
      `ports: must be a port or a range such as 8000-8010, got ${JSON.stringify(ports)}`,
    );
  });

  test("fails for an address with text after it", () => {
    const rules = { inbound: [{ protocol: "icmp", addresses: ["10.0.0.1 accept"] } as const], outbound: [] };
    expect(() => renderFirewallChains("d7", rules)).toThrow("address: must be IPv4 or IPv6");
  });
});
