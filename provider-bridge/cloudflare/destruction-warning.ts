import type { Diagnostic } from "../plugin/provider";
import type { Values } from "../plugin/values";

/** Settings cannot be deleted; the plan says so when Terraform begins and when it ends to manage one. */
export function destructionWarnings(prior: Values | undefined, planned: Values | undefined): readonly Diagnostic[] {
  const details = [...(prior ? [] : [beginsText]), ...(planned ? [] : [endsText])];
  return details.map((detail) => ({ severity: "WARNING", summary: "Resource Destruction Considerations", detail }));
}

const beginsText =
  "This resource cannot be destroyed from Terraform. If you create this resource, it will be present in the API until " +
  "manually deleted.";

const endsText =
  "Applying this resource destruction will remove the resource from the Terraform state but will not change it in the " +
  "API. If you would like to destroy or reset this resource in the API, refer to the documentation for how to do it " +
  "manually.";
