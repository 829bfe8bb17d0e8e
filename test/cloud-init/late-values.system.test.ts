import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lazy, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { encodeBase64 } from "../../cloud-init/late-values";
import { loadBalancerFiles, loadBalancerUserData } from "../../cloud-init/load-balancer/user-data";
import { exampleLoadBalancer } from "./example-hosts";
import { parseUserData } from "./parse-user-data";

const terraform = spawnSync("terraform", ["version"], { env: { ...process.env, CHECKPOINT_DISABLE: "1" } });

/** Everything that has a meaning to TypeScript, JSON, Terraform or a shell on the way. */
const hostile = `"quoted" 'single' \\ back\\slash \\n \${IFACE:-eth1} $\${x} %{http_code} %%{if} \`tick\` é 世界 🎉 \t tab\nlast`;

(terraform.status === 0 ? describe : describe.skip)(
  `values that Terraform knows at apply${terraform.status === 0 ? "" : " (skipped: needs terraform)"}`,
  () => {
    test.each([
      ["alone", (late: string) => late],
      ["between texts with the same characters", (late: string) => `${hostile}${late}${hostile}`],
      ["at the start and at the end", (late: string) => `${late}=${late}`],
    ])("arrive byte for byte %s", (_, build) => {
      const { result } = evaluate({ late: hostile }, ({ late }) => encodeBase64(build(late as string)));
      expect(Buffer.from(result, "base64").toString("utf8")).toBe(build(hostile));
    });

    test("arrive byte for byte out of a Lazy that puts text around them", () => {
      const { result } = evaluate({ late: hostile }, ({ late }) =>
        encodeBase64(`A=${Lazy.stringValue({ produce: () => `${late}&${late}=x"y` })}!`),
      );
      expect(Buffer.from(result, "base64").toString("utf8")).toBe(`A=${hostile}&${hostile}=x"y!`);
    });

    test("make the same files on a load balancer as values that were known before", () => {
      const keys = [
        "reservedIp",
        "certificate",
        "privateKey",
        "clientAuthority",
        "failoverToken",
        "readinessToken",
      ] as const;
      const values = Object.fromEntries(keys.map((key) => [key, exampleLoadBalancer[key]]));
      const { result } = evaluate(values, (late) => loadBalancerUserData({ ...exampleLoadBalancer, ...late }));
      const expected = loadBalancerFiles(exampleLoadBalancer).map(({ path, content }) => [path, String(content)]);
      const found = parseUserData(result).files.map(({ path, content }) => [path, String(content)]);
      expect(found.sort()).toEqual(expected);
    });

    test("leave nothing of a secret in the text that goes to Terraform", () => {
      const { synthesized } = evaluate({ failoverToken: exampleLoadBalancer.failoverToken }, (late) =>
        loadBalancerUserData({ ...exampleLoadBalancer, ...late }),
      );
      const secret = exampleLoadBalancer.failoverToken;
      expect(synthesized).not.toContain(secret);
      expect(synthesized).not.toContain(Buffer.from(secret).toString("base64").slice(4, 20));
    });
  },
);

/** What Terraform makes of a text that holds variables; and the JSON that it was given. */
function evaluate(
  values: Readonly<Record<string, string>>,
  build: (late: Record<string, string>) => string,
): { result: string; synthesized: string } {
  const stack = new TerraformStack(Testing.app(), "late");
  const late = Object.keys(values).map((key) => [
    key,
    new TerraformVariable(stack, key, { type: "string", sensitive: true }).stringValue,
  ]);
  new TerraformOutput(stack, "result", { value: build(Object.fromEntries(late)), sensitive: true });
  const synthesized = Testing.synth(stack);
  const directory = mkdtempSync(join(tmpdir(), "late-values-"));
  try {
    writeFileSync(join(directory, "main.tf.json"), synthesized);
    writeFileSync(join(directory, "terraform.tfvars.json"), JSON.stringify(values));
    run(directory, "init", "-backend=false");
    run(directory, "apply", "-auto-approve");
    return { result: JSON.parse(run(directory, "output", "-json", "result")), synthesized };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const env = { ...process.env, CHECKPOINT_DISABLE: "1" };

function run(directory: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("terraform", args, {
    cwd: directory,
    encoding: "utf8",
    timeout: 60_000,
    env,
  });
  if (status !== 0) throw new Error(`terraform ${args[0]}: ${stderr}${stdout}`);
  return stdout;
}
