import type { DatabaseCluster } from "@cdktf/provider-digitalocean/lib/database-cluster";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { programText } from "./program-text";
import { TerraformData } from "./terraform-data";

export interface AdministratorProps {
  readonly cluster: DatabaseCluster;
  /** Values whose change needs the administrator once more. */
  readonly neededFor: Readonly<Record<string, string>>;
}

/**
 * The administrator of a cluster (`doadmin`), whom nodes need once, for grants that nobody else can make. They are told the
 * password of then, and keep it in their user-data for good; once they are ready it is replaced by another one, which
 * they never see. Costs nothing; a plan shows nothing of it later.
 *
 * Whoever has noted the password finds the new one in DigitalOcean's control panel, or in the state.
 */
export class Administrator extends Construct {
  /** Sensitive: the password of when nodes needed it last. */
  public readonly password: string;
  private readonly needed: TerraformData;
  private readonly cluster: DatabaseCluster;

  public constructor(scope: Construct, id: string, { cluster, neededFor }: AdministratorProps) {
    super(scope, id);
    this.cluster = cluster;
    this.needed = new TerraformData(this, "Resource", {
      input: cluster.password,
      triggersReplace: neededFor,
      // Or nodes would be replaced because of a password that they must not have.
      lifecycle: { ignoreChanges: ["input"] },
    });
    // Terraform forgets that what goes through its own resource was sensitive.
    this.password = Fn.sensitive(this.needed.output);
  }

  /**
   * Gives the administrator another password, after these. It asks DigitalOcean's API with the token of the provider's
   * environment (`DIGITALOCEAN_TOKEN`) and fails, to be tried again by the next deployment, where there is none.
   */
  public renewAfter(ready: readonly ITerraformDependable[]): void {
    new TerraformData(this, "renewed", {
      triggersReplace: { needed: this.needed.id },
      dependsOn: [...ready],
      provisioners: [
        {
          type: "local-exec",
          // The program is a variable, because Terraform prints the command.
          command: 'exec sh -c "$RENEW_PASSWORD"',
          environment: {
            RENEW_PASSWORD: programText(this, "program", "administrator/renew-password"),
            CLUSTER_ID: this.cluster.id,
            USER_NAME: this.cluster.user,
          },
        },
      ],
    });
  }
}
