import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseProviders } from "../../provider-bridge/choose-providers";

const unreachable = `
Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider
hashicorp/tls: could not connect to registry.terraform.io: dial tcp: lookup
registry.terraform.io: no such host

`;

describe("choosing providers", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "choose-providers-"));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A PATH with a terraform that keeps the configuration it sees and then does what `script` says. */
  async function withTerraform(script: string): Promise<NodeJS.ProcessEnv> {
    const program = join(directory, "terraform");
    await writeFile(program, `#!/bin/sh\ncp main.tf.json "${directory}/seen.json"\n${script}\n`);
    await chmod(program, 0o755);
    return { PATH: `${directory}:${process.env.PATH}` };
  }

  test("takes the real ones when terraform init can get the versions of the bindings", async () => {
    expect(await chooseProviders(await withTerraform("exit 0"))).toMatchObject({ kind: "real" });
    const { terraform } = JSON.parse(await readFile(join(directory, "seen.json"), "utf8"));
    expect(terraform.required_providers).toEqual({
      digitalocean: { source: "digitalocean/digitalocean", version: "2.71.0" },
      cloudflare: { source: "cloudflare/cloudflare", version: "5.14.0" },
      tls: { source: "hashicorp/tls", version: "4.1.0" },
    });
  });

  test("takes the bridge when it cannot, and says why", async () => {
    const environment = await withTerraform(`printf '%s' '${unreachable}' >&2; exit 1`);
    expect(await chooseProviders(environment)).toEqual({
      kind: "bridge",
      reason: "terraform init cannot get the real ones: lookup registry.terraform.io: no such host",
    });
  });

  test("takes the bridge when there is no terraform", async () => {
    expect(await chooseProviders({ PATH: directory })).toMatchObject({
      kind: "bridge",
      reason: expect.stringContaining("ENOENT"),
    });
  });

  test("takes what PROVIDERS names without a try", async () => {
    for (const kind of ["real", "bridge"] as const) {
      expect(await chooseProviders({ PATH: directory, PROVIDERS: kind })).toEqual({
        kind,
        reason: `PROVIDERS=${kind}`,
      });
    }
  });

  test("fails for another word in PROVIDERS", async () => {
    await expect(chooseProviders({ PROVIDERS: "fake" })).rejects.toThrow(
      'PROVIDERS: unknown choice, got "fake", allowed "bridge" or "real"',
    );
  });
});
