// Runs inside the outer cloud of a system test: the cloud's services, worked by the test through a unix socket.
// usage: inside-cloud.ts STATE_DIRECTORY IMAGES_JSON AUTHORITY_PEM
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { NameServer } from "../../../local-cloud/dns/name-server";
import type { Images } from "../../../local-cloud/images/images";
import { createPackageMirror } from "../../../local-cloud/images/package-mirror";
import { createMetadataServer } from "../../../local-cloud/metadata/metadata-server";
import { dropletCommand, NspawnMachines } from "../../../local-cloud/machines/nspawn-machines";
import { CertificateAuthority } from "../../../local-cloud/pki/certificate-authority";
import { addressPlan } from "../../../local-cloud/platform/address-plan";
import { type Breakage, CloudNetwork } from "../../../local-cloud/network/cloud-network";
import type { Droplet } from "../../../local-cloud/platform/platform";
import { ImageLayout } from "../../../local-cloud/registry/image-layout";
import { Registry } from "../../../local-cloud/registry/registry";
import { ServicesTree } from "../../../local-cloud/services/services-tree";
import { tryRunProgram } from "../../../programs/run-program";

async function main(stateDirectory: string, imagesJson: string, authority: string): Promise<void> {
  const images = JSON.parse(imagesJson) as Images;
  const network = new CloudNetwork();
  await network.start();
  const names = new NameServer(new ServicesTree(images.services), join(stateDirectory, "dns"));
  await names.start();
  const registries = await CertificateAuthority.create("Authority of a test's registries");
  const machines = new NspawnMachines({
    stateDirectory,
    network,
    images: { "debian-13-x64": images.droplet },
    authorities: [...(authority === "" ? [] : [authority]), registries.certificate],
  });
  await machines.start();

  const droplets = new Map<number, Droplet>();
  const reserved = new Map<string, number>();
  const powerChanges: Array<{ id: number; on: boolean }> = [];
  machines.onPowerChange((id, on) => powerChanges.push({ id, on }));
  const metadata = createMetadataServer((address) => {
    const droplet = [...droplets.values()].find((one) => one.publicAddress === address);
    const [reservedIp] = [...reserved].find(([, id]) => id === droplet?.id) ?? [];
    return droplet && { droplet, reservedIp };
  });
  metadata.listen(80, addressPlan.metadata);
  createPackageMirror().listen(80, addressPlan.packageMirror);

  const layout = new ImageLayout(join(stateDirectory, "registry"));
  const registry = await Registry.start({ layout, address: addressPlan.packageMirror, authority: registries, names });

  const calls: Record<string, (...args: never[]) => unknown> = {
    create: (droplet: Droplet) => (droplets.set(droplet.id, droplet), machines.create(droplet)),
    shutDown: (id: number, limit: number) => machines.shutDown(id, limit),
    powerOff: (id: number) => machines.powerOff(id),
    powerOn: (id: number) => machines.powerOn(id),
    reboot: (id: number) => machines.reboot(id),
    destroy: (id: number) => machines.destroy(id),
    freeze: (id: number) => machines.freeze(id),
    thaw: (id: number) => machines.thaw(id),
    exec: (id: number, argv: string[], input?: string) =>
      tryRunProgram(dropletCommand(id, argv), { timeoutSeconds: 60, ...(input === undefined ? {} : { input }) }),
    powerChanges: () => powerChanges,
    setFirewall: (...args: Parameters<CloudNetwork["setFirewall"]>) => network.setFirewall(...args),
    setBreakages: (breakages: readonly Breakage[]) => network.setBreakages(breakages),
    edgeConnections: () => network.edgeConnections(),
    routeReservedIp: (address: string, id?: number) => {
      if (id === undefined) reserved.delete(address);
      else reserved.set(address, id);
      return network.routeReservedIp(address, id);
    },
    attach: (...args: Parameters<CloudNetwork["attach"]>) => network.attach(...args),
    configureInterfaces: (node: string) => network.configureInterfaces(node),
    connect: (node: string) => network.connect(node),
    cutOff: (node: string) => network.cutOff(node),
    detach: (node: string) => network.detach(node),
    setRules: (...args: Parameters<CloudNetwork["setRules"]>) => network.setRules(...args),
    serveRegistry: (name: string) => registry.serveAs(name),
    setName: (name: string, addresses: string[]) => names.set(name, addresses),
    removeName: (name: string) => names.remove(name),
  };
  createServer((socket) => {
    createInterface({ input: socket }).on("line", (line) => {
      const { call, args } = JSON.parse(line) as { call: string; args: never[] };
      void Promise.resolve()
        .then(() => calls[call]!(...args))
        .then(
          (value) => ({ value }),
          (error: Error) => ({ error: error.message }),
        )
        .then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  }).listen(join(stateDirectory, "test.sock"));
}

void main(process.argv[2]!, process.argv[3]!, process.argv[4] ?? "");
