import { execFileSync } from "node:child_process";
import { webFiles } from "../../../cloud-init/web/user-data";
import { exampleWeb } from "../example-hosts";
import { describeWithImage } from "../host-image";
import { ImageSandbox, waitUntil } from "../image-sandbox";

const VPC_ADDRESS = "10.20.0.1";
const PUBLIC_ADDRESS = "192.0.2.1";
/** Nginx, `node-status`, and something of the user's. */
const PORTS = [80, 8500, 9100];

describeWithImage("a node, asked by another one", () => {
  let node: ImageSandbox;
  let other: ImageSandbox;

  beforeAll(async () => {
    node = await ImageSandbox.start("web-1");
    other = await ImageSandbox.start("app-1");
    const pid = other.networkNamespace.split("/")[2] as string;
    inside(node, "ip", "link", "add", "in", "type", "veth", "peer", "name", "out", "netns", pid);
    for (const [sandbox, interfaceName, last] of [
      [node, "in", 1],
      [other, "out", 2],
    ] as const) {
      for (const network of ["10.20.0", "192.0.2"])
        inside(sandbox, "ip", "address", "add", `${network}.${last}/24`, "dev", interfaceName);
      inside(sandbox, "ip", "link", "set", interfaceName, "up");
    }
    await node.write(webFiles(exampleWeb));
    for (const port of PORTS) node.spawn(["python3", "-m", "http.server", `${port}`]);
    await waitUntil("all ports answer", async () => (await reached()).length === 2 * PORTS.length);
  });
  afterAll(async () => {
    await other?.[Symbol.asyncDispose]();
    await node?.[Symbol.asyncDispose]();
  });

  /** `address:port` of what can be connected to. */
  async function reached(): Promise<string[]> {
    const places = [VPC_ADDRESS, PUBLIC_ADDRESS].flatMap((address) => PORTS.map((port) => `${address}:${port}`));
    const tries = places.map(async (place) => {
      const [address, port] = place.split(":") as [string, string];
      const connect = `exec 3<>/dev/tcp/${address}/${port}`;
      const isOpen = await other.run(["timeout", "1", "bash", "-c", connect]).then(
        () => true,
        () => false,
      );
      return isOpen ? [place] : [];
    });
    return (await Promise.all(tries)).flat();
  }

  test("answers on its own ports inside the VPC only, as its unit sets it up", async () => {
    const unit = await node.run(["cat", "/etc/systemd/system/vpc-only.service"]);
    const command = /^ExecStart=(.*)$/m.exec(unit)![1]!.replace("${PRIVATE_ADDRESS}", VPC_ADDRESS);
    for (let times = 0; times < 2; times++) await node.run(["sh", "-c", command]);
    expect(await reached()).toEqual([...PORTS.map((port) => `${VPC_ADDRESS}:${port}`), `${PUBLIC_ADDRESS}:9100`]);
  });
});

function inside(sandbox: ImageSandbox, ...command: string[]): void {
  execFileSync("nsenter", [`--net=${sandbox.networkNamespace}`, ...command]);
}
