import { notEmpty } from "../plugin/checks";
import { Fields } from "../plugin/fields";
import { listOf, optional, required, type Block } from "../plugin/schema";
import type { Values } from "../plugin/values";

/** Whom an alert tells, as the API writes it. */
export interface Notifications {
  readonly email?: readonly string[] | null;
  readonly slack?: readonly { readonly channel: string; readonly url: string }[] | null;
}

/** Content of the block `alerts` of monitor alerts and `notifications` of uptime alerts. */
export const notificationsBlock: Block = {
  attributes: { email: optional(listOf("string")) },
  blocks: {
    slack: {
      nesting: "list",
      block: {
        attributes: {
          channel: required("string", { check: notEmpty }),
          url: required("string", { check: notEmpty }),
        },
      },
    },
  },
};

/** Notifications for a request; what is not used is null. */
export function notificationsBody(notifications: Fields | undefined): object {
  const email = notifications?.strings("email") ?? [];
  const slack = notifications?.blocks("slack") ?? [];
  return {
    email: email.length > 0 ? email : null,
    slack: slack.length > 0 ? slack.map((one) => ({ channel: one.string("channel"), url: one.string("url") })) : null,
  };
}

/** State of notifications that the API answered. */
export function notificationsState({ email, slack }: Notifications): readonly Values[] {
  return [
    {
      email: email && email.length > 0 ? email : null,
      slack: (slack ?? []).map(({ channel, url }) => ({ channel, url })),
    },
  ];
}
