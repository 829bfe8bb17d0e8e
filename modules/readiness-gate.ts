import type { Droplet } from "@cdktf/provider-digitalocean/lib/droplet";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Readiness } from "./readiness";
import { TerraformData } from "./terraform-data";

export interface ReadinessGateProps {
  readonly droplet: Droplet;
  /** Name of the node, for messages. */
  readonly nodeName: string;
  readonly readiness: Readiness;
  /** Seconds that the node may take until it is ready. @default what the readiness says */
  readonly limitSeconds?: number;
}

/**
 * Holds up what depends on it until a new droplet is ready, and fails with the node's own reason when it is not going
 * to be. It runs where Terraform runs, with curl, GNU wget or python3, and only when the droplet is new: a plan does
 * not need a healthy site.
 *
 * A gate is replaced with its droplet, and costs nothing.
 */
export class ReadinessGate extends Construct {
  /** What the next nodes of the tier depend on. */
  public readonly passed: ITerraformDependable;

  public constructor(scope: Construct, id: string, props: ReadinessGateProps) {
    super(scope, id);
    const { droplet, nodeName, readiness, limitSeconds = readiness.limitSeconds } = props;
    this.passed = new TerraformData(this, "Resource", {
      triggersReplace: { droplet: droplet.id },
      dependsOn: [...readiness.publicPath],
      // Terraform would give it this order anyway where a later node depends on it; here for the last one as well.
      lifecycle: { createBeforeDestroy: true },
      provisioners: [
        {
          type: "local-exec",
          // The program is a variable, because Terraform prints the command; so the token is in no command line either.
          command: 'exec sh -c "$WAIT_UNTIL_READY"',
          environment: {
            WAIT_UNTIL_READY: readiness.program,
            NODE_NAME: nodeName,
            NODE_URL: `https://${readiness.hostname}/.well-known/infrastructure/nodes/${droplet.id}`,
            LIMIT_SECONDS: String(limitSeconds),
            // Terraform hides all output of a provisioner that uses a sensitive value, and the output is what a person
            // needs here. The token opens nothing but the state of nodes.
            READINESS_TOKEN: Fn.nonsensitive(readiness.token),
          },
        },
      ],
    });
  }
}
