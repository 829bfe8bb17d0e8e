import { Aspects, type IAspect, TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";

/** Takes `prevent_destroy` away from every resource below `scope`, so that `cdktf destroy` goes through. */
export function liftDeletionProtection(scope: IConstruct): void {
  Aspects.of(scope).add(new Unprotect());
}

class Unprotect implements IAspect {
  public visit(node: IConstruct): void {
    if (node instanceof TerraformResource && node.lifecycle?.preventDestroy)
      node.lifecycle = { ...node.lifecycle, preventDestroy: undefined };
  }
}
