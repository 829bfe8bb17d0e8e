import type { WebInfrastructureProps } from "../../modules";
import { readManifest } from "../../local-cloud/cli/manifest";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { SimulatedClouds } from "../provider-bridge/simulated-clouds";
import { type Run, TerraformProject } from "../provider-bridge/terraform-project";
import { synthesizeSite } from "./synthesized";

/** A site on simulated clouds, without gates that wait: made and changed by the real terraform in seconds. */
export class SimulatedSite implements AsyncDisposable {
  /** Makes the site that has these settings beside the defaults. Each token of its nodes is the name of its variable. */
  static async start(props: Partial<WebInfrastructureProps> = {}): Promise<SimulatedSite> {
    return SimulatedSite.startIn(await SimulatedClouds.start(), props);
  }

  /** The same in accounts that have something already, with a state of its own. */
  static async startIn(cloud: SimulatedClouds, props: Partial<WebInfrastructureProps>): Promise<SimulatedSite> {
    const tokens = Object.entries(readManifest(PROJECT_DIRECTORY).tokens!);
    for (const [token, scopes] of tokens) cloud.grant({ token, scopes });
    const variables = Object.fromEntries(tokens.map(([token]) => [`TF_VAR_${token}`, token]));
    const project = await TerraformProject.start(cloud.environment, variables);
    const site = new SimulatedSite(cloud, project);
    await project.configure(configurationOf(props));
    return site;
  }

  private constructor(
    public readonly cloud: SimulatedClouds,
    public readonly project: TerraformProject,
  ) {}

  /** Changes the configuration only. */
  public async configure(props: Partial<WebInfrastructureProps>): Promise<void> {
    await this.project.write(configurationOf(props));
  }

  public apply(...args: readonly string[]): Promise<Run> {
    return this.project.succeed("apply", "-auto-approve", ...args);
  }

  /** JSON text of the plan of what is pending, also of a plan that terraform refuses. */
  public async plan(...args: readonly string[]): Promise<string> {
    await this.project.run("plan", "-out=plan", ...args);
    return (await this.project.succeed("show", "-json", "plan")).output;
  }

  public async [Symbol.asyncDispose](): Promise<void> {
    await this.project[Symbol.asyncDispose]();
    await this.cloud[Symbol.asyncDispose]();
  }
}

function configurationOf(props: Partial<WebInfrastructureProps>): Record<string, object> {
  const { terraform: _, "//": __, ...sections } = JSON.parse(synthesizeSite(props).text);
  for (const waiting of Object.values<any>(sections.resource.terraform_data)) delete waiting.provisioner;
  return sections;
}
