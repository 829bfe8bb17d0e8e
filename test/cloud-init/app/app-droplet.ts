import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDemoImage } from "../../../local-cloud/registry/demo-image";
import { ImageLayout } from "../../../local-cloud/registry/image-layout";
import { type CloudUnderTest, findImages } from "../../local-cloud/machines/cloud-under-test";
import type { exampleDroplet } from "../../local-cloud/machines/example-droplet";

/** Puts the demo's image, as `team/shop:1`, into a registry of this name in the cloud; its directory. */
export async function provideShopImage(cloud: CloudUnderTest, registry: string): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "shop-"));
  try {
    const image = await buildDemoImage(findImages()!.droplet[0]!, join(scratch, "layout"));
    const directory = join(cloud.stateDirectory, "registry");
    await new ImageLayout(directory).add({ registry, repository: "team/shop", tag: "1" }, image);
    return directory;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** What a shell command on the droplet prints; rejects with its errors unless it succeeds. */
export async function runOn(
  cloud: CloudUnderTest,
  node: ReturnType<typeof exampleDroplet>,
  script: string,
): Promise<string> {
  const { status, stdout, stderr } = await cloud.runOn(node.id, ["sh", "-c", script]);
  if (status !== 0) throw new Error(`${script}: status ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** What the droplet says to a readiness gate. */
export async function readinessOf(
  cloud: CloudUnderTest,
  node: ReturnType<typeof exampleDroplet>,
  token: string,
): Promise<{ ready: boolean; reason?: string }> {
  const url = `http://${node.privateAddress}:8500/ready`;
  return JSON.parse(await runOn(cloud, node, `curl -sS --max-time 15 -H 'x-readiness-token: ${token}' ${url}`));
}

/**
 * The same user-data with files in `/etc/infrastructure` that Terraform would put there, whose texts are known only then.
 * They are there before all others, by a script that cloud-init runs first.
 */
export function withLateFiles(userData: string, files: Readonly<Record<string, string>>): string {
  const commands = Object.entries(files).map(([name, text]) => {
    const encoded = Buffer.from(text).toString("base64");
    return `echo ${encoded} | base64 -d | install -D -m 600 /dev/stdin /etc/infrastructure/${name}`;
  });
  const end = userData.lastIndexOf("--part-of-user-data--");
  const part = ["--part-of-user-data", "Content-Type: text/cloud-boothook", "", "#!/bin/sh", ...commands, "", ""];
  return userData.slice(0, end) + part.join("\n") + userData.slice(end);
}
