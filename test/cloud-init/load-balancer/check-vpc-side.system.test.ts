import { join } from "node:path";
import { findCloudInitDirectory, readRootfs } from "../../../cloud-init/rootfs";
import { describeWithImage, HostImage } from "../host-image";

const rootfs = readRootfs(join(findCloudInitDirectory(), "load-balancer/rootfs"));

describeWithImage("the check of a load balancer's VPC side", () => {
  let host: HostImage;
  beforeEach(() => (host = new HostImage(rootfs)));
  afterEach(() => host[Symbol.dispose]());

  /** What the check says on a node with an interface of its own, to which packets for 10.10.0.99 vanish. */
  const check = (nodes: readonly string[], prepare = "") => {
    const list = nodes.map((address, i) => `    server ${100 + i} ${address}:8500\\n`).join("");
    return host.run(`
      mkdir -p /run/infrastructure
      echo PRIVATE_ADDRESS=10.10.0.5 >/run/infrastructure/self.env
      printf 'backend nodes from node-status\\n${list}' >/run/nodes.cfg
      ip link add vpc0 type veth peer name far0 && ip link set far0 up && ip link set vpc0 up
      ip address add 10.10.0.5/24 dev vpc0
      ip neighbour add 10.10.0.99 lladdr 02:00:00:00:00:99 dev vpc0
      ${prepare}
      NODES_FILE=/run/nodes.cfg /usr/local/lib/infrastructure/check-vpc-side
    `);
  };
  const listening = `python3 -m http.server --bind 127.0.0.2 8500 >/dev/null 2>&1 &
      until curl --silent --output /dev/null http://127.0.0.2:8500/; do sleep 0.1; done`;

  test("is content when one node of several answers", () => {
    expect(check(["10.10.0.5", "10.10.0.99", "127.0.0.2"], listening)).toMatchObject({ status: 0, stderr: "" });
  });

  test("takes a refusal for an answer: the node is there", () => {
    expect(check(["10.10.0.99", "127.0.0.3"])).toMatchObject({ status: 0, stderr: "" });
  });

  test("is content while there is nobody else to ask", () => {
    expect(check(["10.10.0.5"])).toMatchObject({ status: 0, stderr: "" });
    expect(check([])).toMatchObject({ status: 0, stderr: "" });
  });

  test("fails when nobody answers, without waiting for long", () => {
    const started = Date.now();
    expect(check(["10.10.0.99", "10.10.0.99"]).status).not.toBe(0);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test("fails without a carrier, also when there is nobody to ask", () => {
    expect(check(["10.10.0.98"], "ip link set far0 down").status).not.toBe(0);
    expect(check([], "ip link set far0 down").status).not.toBe(0);
  });
});
