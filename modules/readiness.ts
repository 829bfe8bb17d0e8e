import { PrivateKey } from "@cdktf/provider-tls/lib/private-key";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { type Problem, throwProblems } from "../cloud-init/problems";
import { checkEach } from "../cloud-init/value-checks";
import { programText } from "./program-text";
import { checkCount, checkDependable, checkHostname } from "./settings-checks";
import { withDefaults } from "./with-defaults";

/** What can be set of how readiness is asked for. */
export interface ReadinessSettings {
  /** Minutes that a new node may take until it is ready. @default 10 */
  readonly readinessLimitMinutes?: number;
}

export interface ReadinessProps extends ReadinessSettings {
  /** Public name of the site, through which nodes are asked. */
  readonly hostname: string;
  /** What has to exist before that name answers: DNS record, certificates, zone settings, firewalls. No node. */
  readonly publicPath: readonly ITerraformDependable[];
}

export const readinessDefaults = { readinessLimitMinutes: 10 };

/** Problems of the minutes that a new node may take. */
export function checkReadinessLimit(path: string, minutes: number): Problem[] {
  return checkCount(path, minutes, 1, 120);
}

const readinessChecks: Checks<ReadinessProps> = {
  hostname: checkHostname,
  publicPath: (path, resources) => checkEach(path, resources, checkDependable),
  readinessLimitMinutes: checkReadinessLimit,
};

/**
 * How Terraform learns that a new node is ready: it asks `https://HOSTNAME/.well-known/infrastructure/nodes/ID`, which
 * the load balancers pass on to that node, whatever its tier. All gates of an infrastructure share this.
 *
 * Its token is in the user-data of every node: another one replaces them all. Another limit replaces nothing.
 */
export class Readiness extends Construct {
  /** Secret that nodes want to see before they tell about themselves. */
  public readonly token: string;
  /** Text of the program that waits. */
  public readonly program: string;
  /** Public name through which nodes are asked. */
  public readonly hostname: string;
  /** What has to be in place before a node can be asked through the public name. */
  public readonly publicPath: readonly ITerraformDependable[];
  /** Seconds that a new node may take until it is ready. */
  public readonly limitSeconds: number;

  public constructor(scope: Construct, id: string, props: ReadinessProps) {
    super(scope, id);
    throwProblems(checkGroup("", props, readinessChecks, { required: ["hostname", "publicPath"] }));
    const { hostname, readinessLimitMinutes } = withDefaults(readinessDefaults, props);
    // A key made for this purpose alone: it saves a provider for random text, and nobody uses it as a key.
    const seed = new PrivateKey(this, "seed", { algorithm: "ED25519" });
    this.token = Fn.sha256(seed.privateKeyPem);
    this.program = programText(this, "program", "readiness-gate/wait-until-ready");
    this.hostname = hostname;
    this.publicPath = props.publicPath;
    this.limitSeconds = readinessLimitMinutes * 60;
  }
}
