import { everyType } from "./every-type";
import { SimulatedClouds } from "./simulated-clouds";
import { TerraformProject } from "./terraform-project";

/** Simulated clouds, and a Terraform project that has applied `everyType` on them. */
export class AppliedProject implements AsyncDisposable {
  private constructor(
    readonly cloud: SimulatedClouds,
    readonly project: TerraformProject,
  ) {}

  /** Throws with Terraform's output when the apply fails. */
  static async start(): Promise<AppliedProject> {
    const cloud = await SimulatedClouds.start();
    const applied = new AppliedProject(cloud, await TerraformProject.start(cloud.environment));
    await applied.project.configure(everyType);
    const { code, output } = await applied.project.apply();
    if (code === 0) return applied;
    await applied[Symbol.asyncDispose]();
    throw new Error(output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.project[Symbol.asyncDispose]();
    await this.cloud[Symbol.asyncDispose]();
  }
}
