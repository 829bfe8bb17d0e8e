import { TerraformResource, type TerraformMetaArguments } from "cdktf";
import type { Construct } from "constructs";

export interface TerraformDataProps extends TerraformMetaArguments {
  /** A value to be kept in the state. @default none */
  readonly input?: string;
  /** A change of any of these values replaces the resource, which runs its provisioners again. */
  readonly triggersReplace: Readonly<Record<string, string>>;
}

/**
 * Terraform's built-in resource that stands for something without a provider
 * (https://developer.hashicorp.com/terraform/language/resources/terraform-data).
 * cdktf has one of its own, which runs `terraform version` at every synth and so needs terraform on the PATH.
 */
export class TerraformData extends TerraformResource {
  public constructor(
    scope: Construct,
    id: string,
    private readonly props: TerraformDataProps,
  ) {
    super(scope, id, {
      terraformResourceType: "terraform_data",
      terraformGeneratorMetadata: { providerName: "terraform" },
      ...props,
    });
  }

  /** Another one for each replacement. */
  public get id(): string {
    return this.getStringAttribute("id");
  }

  /** `input` as it was taken up last, without being sensitive. */
  public get output(): string {
    return this.getStringAttribute("output");
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { input: this.props.input, triggers_replace: this.props.triggersReplace };
  }
}
