import {
  checkLoadBalancerSettings,
  loadBalancerFiles,
  loadBalancerUserData,
} from "../../../cloud-init/load-balancer/user-data";
import { ports } from "../../../cloud-init/ports";
import { exampleLoadBalancer } from "../example-hosts";

const file = (path: string) => loadBalancerFiles(exampleLoadBalancer).find((candidate) => candidate.path === path);
const textOf = (path: string) => String(file(path)?.content);

describe("a load balancer's settings", () => {
  test("have no problem when they are right", () => {
    expect(checkLoadBalancerSettings(exampleLoadBalancer)).toEqual([]);
  });

  test("fails with every problem at once", () => {
    const wrong = {
      ...exampleLoadBalancer,
      hostname: "localhost",
      reservedIp: "198.51.100.10\n",
      failoverToken: "a b c d e f g",
      certificate: "none",
    };
    expect(() => loadBalancerUserData(wrong)).toThrow(
      [
        'hostname: must be a fully qualified host name such as www.example.com, got "localhost"',
        'reservedIp: must be an IPv4 address, got "198.51.100.10\\n"',
        "failoverToken: must be 8 to 512 letters, digits or ._~+/=-, got 13 characters",
        "certificate: must be PEM (-----BEGIN … END-----), got 4 characters of something else",
      ].join("\n"),
    );
  });
});

describe("a load balancer's files", () => {
  test("that hold secrets are for root only", () => {
    const secrets = loadBalancerFiles(exampleLoadBalancer).filter(({ path }) => /\.token$|\/tls\//.test(path));
    expect(secrets.map(({ path, permissions }) => `${path} ${permissions}`)).toEqual([
      "/etc/haproxy/tls/client-authority.pem 0600",
      "/etc/haproxy/tls/site.pem 0600",
      "/etc/haproxy/tls/site.pem.key 0600",
      "/etc/infrastructure/discovery.token 0600",
      "/etc/infrastructure/failover.token 0600",
      "/etc/infrastructure/readiness.token 0600",
    ]);
  });

  test("name the ports that the firewalls open", () => {
    const haproxy = textOf("/etc/haproxy/haproxy.cfg");
    expect([...haproxy.matchAll(/bind :(\d+)/g)].map((match) => Number(match[1]))).toEqual([
      ports.https,
      ports.loadBalancerHealth,
    ]);
    expect(haproxy).toContain(`agent-port ${ports.agentCheck} `);
    const { backends } = JSON.parse(textOf("/etc/infrastructure/discovery.json"));
    expect(backends.map(({ port }: { port: number }) => port)).toEqual([
      ports.web,
      ports.web,
      ports.web,
      ports.nodeStatus,
    ]);
    expect(textOf("/etc/infrastructure/role.env")).toContain(`VXLAN_PORT=${ports.vxlan}\n`);
    expect(textOf("/usr/local/lib/infrastructure/check-load-balancer")).toContain(
      `/dev/tcp/127.0.0.1/${ports.loadBalancerHealth}\n`,
    );
  });

  test("ask the edge unless the settings say no", () => {
    expect(textOf("/etc/infrastructure/role.env")).toContain("EDGE_WITNESS=yes\n");
    expect(textOf("/etc/infrastructure/role.env")).toContain("SILENCE_SECONDS=110\n");
    const without = loadBalancerFiles({ ...exampleLoadBalancer, edgeWitness: false });
    expect(String(without.find(({ path }) => path.endsWith("role.env"))?.content)).toContain("EDGE_WITNESS=no\n");
  });

  test("know the names of the site, also one that only Terraform knows", () => {
    const late = "${TfToken[TOKEN.1]}";
    const names = (hostname: string) =>
      loadBalancerFiles({
        ...exampleLoadBalancer,
        hostname,
        otherHostnames: [{ hostname: "*.example.com", redirects: true }],
      })
        .filter(({ path }) => path === "/etc/haproxy/hostnames.map")
        .map(({ content }) => String(content).split("\n").slice(1));
    expect(names("www.example.com")).toEqual([
      ["^www\\.example\\.com\\.?$ -", "^(?!(www\\.example\\.com)\\.?$)[^.]+\\.example\\.com\\.?$ www.example.com", ""],
    ]);
    expect(names(late)).toEqual([[`^${late}\\.?$ -`, `^(?!(${late})\\.?$)[^.]+\\.example\\.com\\.?$ ${late}`, ""]]);
  });

  test("name no peer, so that every node has the same user-data", () => {
    const keepalived = textOf("/etc/keepalived/keepalived.conf");
    expect(keepalived).not.toMatch(/unicast_peer|unicast_src_ip/);
    expect(keepalived).toMatch(/^ {4}nopreempt$/m);
    expect(keepalived).toMatch(/^ {4}state BACKUP$/m);
  });
});
