import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { needsTerraform } from "./needs-terraform";
import { SimulatedClouds } from "./simulated-clouds";
import { TerraformProject } from "./terraform-project";

const root = join(__dirname, "../..");

needsTerraform("main.ts, with the bridge, on the APIs of the local cloud", () => {
  test("is planned, applied, left alone by a second plan, and destroyed", async () => {
    await using cloud = await SimulatedClouds.start();
    const variables = {
      TF_VAR_failover_token: "failover",
      TF_VAR_discovery_token: "discovery",
      TF_VAR_database_token: "database",
    };
    await using project = await TerraformProject.start(cloud.environment, variables);
    await project.configure(await synthesize());
    expect(failureOf(await project.apply())).toBeUndefined();
    expect(cloud.inventory()).toMatchObject({ droplets: 6, databaseClusters: 1, databaseReplicas: 2, reservedIps: 1 });
    expect(await project.plannedActions()).toEqual({});
    expect(await project.plannedActions("-refresh=false")).toEqual({});
    expect(failureOf(await project.destroy())).toBeUndefined();
    expect(await project.addresses()).toEqual([]);
    expect(cloud.inventory()).toEqual({});
  });
});

/** The configuration of main.ts without its provisioners, which wait for machines, and without its backend. */
async function synthesize(): Promise<Record<string, object>> {
  const directory = await mkdtemp(join(tmpdir(), "whole-stack-"));
  try {
    const env = { ...process.env, CDKTF_OUTDIR: directory, DELETION_PROTECTION: "off", DISABLE_VERSION_CHECK: "1" };
    const args = ["--import", "tsx", "main.ts"];
    await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: 60_000 });
    const stack = JSON.parse(await readFile(join(directory, "stacks/web/cdk.tf.json"), "utf8"));
    for (const gate of Object.values<any>(stack.resource.terraform_data ?? {})) delete gate.provisioner;
    const { "//": _, terraform, ...sections } = stack;
    return { ...sections, terraform: { required_providers: terraform.required_providers } };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What terraform printed about what went wrong, if anything did. */
function failureOf({ code, output }: { code: number; output: string }): string | undefined {
  return code === 0 ? undefined : output.slice(Math.max(0, output.indexOf("Error:")));
}
