import { oneWordOf } from "../plugin/checks";
import { required, type NestedBlock } from "../plugin/schema";
import { Fields } from "../plugin/fields";
import type { Value, Values } from "../plugin/values";

/** The block `maintenance_window` of a cluster. The API writes lower case: "Monday" is a change in every plan. */
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

/** The window for a request, undefined if there is none. */
export function maintenanceBody(planned: Values): object | undefined {
  const [window] = new Fields(planned).blocks("maintenance_window");
  return window && { day: window.string("day"), hour: window.string("hour") };
}

/** The API answers "13:00:00" for "13:00". */
function sameWithoutSeconds(stored: Value, configured: Value): boolean {
  const minutes = (text: Value) => String(text).split(":").slice(0, 2).join(":");
  return minutes(stored) === minutes(configured);
}
