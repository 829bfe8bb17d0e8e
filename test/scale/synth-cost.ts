import path from "node:path";

export const STACK = "web";

/** What the synthesis of a site took. */
export interface SynthCost {
  /** From the first construct to the file; what Node needs to load the program is not in it. */
  readonly seconds: number;
  readonly memoryMiB: number;
  /** Of the Terraform JSON. */
  readonly bytes: number;
}

/** Where cdktf puts the Terraform JSON. */
export function jsonFile(directory: string): string {
  return path.join(directory, "stacks", STACK, "cdk.tf.json");
}
