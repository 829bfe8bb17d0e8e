import { oneWordOf } from "../checks";
import { required, type NestedBlock } from "../schema";
import type { Value } from "../values";

/** The block `maintenance_window` of a cluster. The API writes days in lower case, and a "Monday" drifts for ever. */
export const maintenanceWindowBlock: NestedBlock = {
  nesting: "list",
  block: {
    attributes: {
      day: required("string", {
        check: oneWordOf("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
      }),
      hour: required("string", { same: sameWithoutSeconds }),
    },
  },
};

/** The API answers "13:00:00" for "13:00". */
function sameWithoutSeconds(stored: Value, configured: Value): boolean {
  const minutes = (text: Value) => String(text).split(":").slice(0, 2).join(":");
  return minutes(stored) === minutes(configured);
}
