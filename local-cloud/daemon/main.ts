import { mkdir, readFile, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import path from "node:path";
import { createCloudflareApi } from "../api/cloudflare/server";
import { defaultCatalogue, type Image } from "../api/digitalocean/account/catalogue";
import { createDigitalOceanApi } from "../api/digitalocean/server";
import type { ListenOptions } from "../api/listeners";
import type { Credentials } from "../control/credentials";
import { AccountView } from "./account-view";
import { createControlServer } from "./control-server";
import { cacheDirectory, StateDirectory } from "../control/directories";
import { NameServer } from "../dns/name-server";
import { CloudflareEdge } from "../edge/cloudflare-edge";
import { Disturbances } from "./disturbances";
import { DROPLET_IMAGE, tryFindImages } from "../images/images";
import { createPackageMirror } from "../images/package-mirror";
import { NspawnMachines } from "../machines/nspawn-machines";
import { createMetadataServer } from "../metadata/metadata-server";
import { addressPlan } from "../platform/address-plan";
import { CloudNetwork, namespacePath } from "../network/cloud-network";
import { CertificateAuthority } from "../pki/certificate-authority";
import type { Platform } from "../platform/platform";
import { ManagedDatabases } from "../postgres/managed-databases";
import { ImageLayout } from "../registry/image-layout";
import { Registry } from "../registry/registry";
import { ServicesTree } from "../services/services-tree";

/** The same with cloud-init switched off, so that user-data has no effect: what happens with a wrong image. */
const IMAGE_WITHOUT_CLOUD_INIT = {
  ...findImage(DROPLET_IMAGE),
  id: 1,
  slug: `${DROPLET_IMAGE}-without-cloud-init`,
  name: "13 x64 without cloud-init",
};

/**
 * The local cloud itself: one process, root inside the outer cloud's namespaces, that puts the APIs on top of the
 * machines, the network, the databases and the edge. The command line starts it and talks to its control socket; all
 * that it makes ends with the outer cloud.
 */
async function main(): Promise<void> {
  const directory = new StateDirectory();
  const images = tryFindImages(cacheDirectory());
  if (images === undefined) throw new Error(`${cacheDirectory()}: has no images; the command line builds them first`);
  const credentials = JSON.parse(await readFile(directory.credentials, "utf8")) as Credentials;

  const network = new CloudNetwork();
  await network.start();
  const tree = new ServicesTree(images.services);
  const names = new NameServer(tree, path.join(directory.root, "dns"));
  const [webAuthority] = await Promise.all([CertificateAuthority.create("Local cloud web CA"), names.start()]);
  await writeFile(directory.webAuthority, webAuthority.certificate, { mode: 0o644 });

  const machines = new NspawnMachines({
    stateDirectory: directory.root,
    network,
    images: {
      [DROPLET_IMAGE]: images.droplet,
      [IMAGE_WITHOUT_CLOUD_INIT.slug]: [await makeLayerWithoutCloudInit(directory), ...images.droplet],
    },
    authorities: [webAuthority.certificate],
  });
  await machines.start();
  const databases = new ManagedDatabases({
    tree,
    stateDirectory: path.join(directory.root, "databases"),
    cacheDirectory: path.join(cacheDirectory(), "databases"),
    network,
    namespaceOf: (node) => namespacePath(`n-${node}`),
    names,
    report: (event) => console.error(`databases: ${event}`),
  });
  const edge = await CloudflareEdge.start({
    tree,
    directory: path.join(directory.root, "edge"),
    networkNamespace: namespacePath("edge"),
    address: addressPlan.edge.host,
    locations: addressPlan.edge.locations,
    visitorAddress: addressPlan.internet.host,
    webAuthority,
    originAuthority: await CertificateAuthority.create("Local Cloudflare Origin CA"),
    names,
    report: (event) => console.error(`edge: ${event}`),
  });
  const platform: Platform = { machines, network, databases, edge };

  // For the control server, which sees the account as any client does. Never leaves this process.
  const own = { token: randomBytes(32).toString("hex"), scopes: "full", unlimited: true } as const;
  const apiFailures: string[] = [];
  const onFailure = (failure: string) => void apiFailures.push(failure);
  const digitalOcean = await createDigitalOceanApi({
    platform,
    onFailure,
    catalogue: { ...defaultCatalogue, images: [findImage(DROPLET_IMAGE), IMAGE_WITHOUT_CLOUD_INIT] },
    tokens: [credentials.digitalOcean, own, ...Object.values(credentials.variables)],
  });
  const cloudflare = await createCloudflareApi({ platform, onFailure, tokens: [credentials.cloudflare] });
  await listenAs(digitalOcean, "api.digitalocean.com", addressPlan.digitalOceanApi, webAuthority);
  await listenAs(cloudflare, "api.cloudflare.com", addressPlan.cloudflareApi, webAuthority);
  await listenOn(createPackageMirror(), addressPlan.packageMirror);
  await listenOn(
    createMetadataServer((address) => {
      const droplet = digitalOcean.dropletByAddress(address);
      const reserved = droplet && digitalOcean.reservedIpOf(droplet.id);
      return droplet && { droplet, reservedIp: reserved?.active ? reserved.address : undefined };
    }),
    addressPlan.metadata,
  );

  // Beside the packages: another port of the address where downloads come from.
  const registry = await Registry.start({
    layout: new ImageLayout(directory.registry),
    address: addressPlan.packageMirror,
    authority: webAuthority,
    names,
  });

  const account = new AccountView(`http://${addressPlan.digitalOceanApi}`, own.token);
  const disturbances = new Disturbances({
    machines,
    network,
    databases,
    api: digitalOcean.faults,
    reboot: (id) => account.power(id, "reboot"),
  });
  const parts = {
    account,
    digitalOcean,
    cloudflare,
    machines,
    databases,
    edge,
    network,
    disturbances,
    registry,
    apiFailures,
  };
  const control = createControlServer(parts);
  await mkdir(path.dirname(directory.controlSocket), { recursive: true });
  await control.listen({ path: directory.controlSocket });
  console.error("the local cloud is ready");
}

function findImage(slug: string): Image {
  return defaultCatalogue.images.find((image) => image.slug === slug)!;
}

/** A layer in which cloud-init is switched off. */
async function makeLayerWithoutCloudInit(directory: StateDirectory): Promise<string> {
  const layer = path.join(directory.root, "without-cloud-init");
  await mkdir(path.join(layer, "etc/cloud"), { recursive: true });
  await writeFile(path.join(layer, "etc/cloud/cloud-init.disabled"), "");
  return layer;
}

interface Api {
  listen(options: ListenOptions): Promise<string>;
}

/** HTTPS under the vendor's name, as programs on the droplets expect it, and plain HTTP. */
async function listenAs(api: Api, name: string, host: string, authority: CertificateAuthority): Promise<void> {
  const { certificate, privateKey } = await authority.issueServerCertificate([name]);
  await api.listen({ host, port: 80 });
  await api.listen({ host, port: 443, tls: { key: privateKey, cert: certificate } });
}

function listenOn(server: Server, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(80, host, resolve);
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
