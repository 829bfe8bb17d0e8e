import type { WebInfrastructureProps } from "../../modules";
import { PaperCloud } from "../local-cloud/terraform/paper-cloud";
import { type Run, TerraformProject } from "../local-cloud/terraform/terraform-project";
import { synthesizeSite } from "../modules/synthesized";

/** A site on clouds of paper, without gates that wait: made and changed by the real terraform in seconds. */
export class PaperSite implements AsyncDisposable {
  /** Makes the site that has these settings beside the defaults. */
  public static async start(props: Partial<WebInfrastructureProps> = {}): Promise<PaperSite> {
    const cloud = await PaperCloud.start();
    const variables = { TF_VAR_failover_token: "failover", TF_VAR_discovery_token: "discovery" };
    const project = await TerraformProject.start(cloud.environment, variables);
    const site = new PaperSite(cloud, project);
    await project.configure(configurationOf(props));
    return site;
  }

  private constructor(
    public readonly cloud: PaperCloud,
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
