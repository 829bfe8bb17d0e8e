import type { Cloud } from "../account/cloud";
import { notFound } from "../account/errors";
import { paginate } from "../account/pagination";
import { ok, type Handler } from "../account/route";
import type { ActionRecord } from "../account/store";
import { viewAction } from "../account/views";

/** `GET /v2/actions`. */
export const listActions: Handler = (cloud, request) =>
  ok(
    paginate(
      "actions",
      newestFirst(cloud, () => true),
      request,
      (action) => viewAction(cloud, action),
    ),
  );

/** `GET /v2/actions/:action`. */
export const getAction: Handler = (cloud, request) =>
  ok({
    action: viewAction(
      cloud,
      findAction(cloud, request.parameters["action"], () => true),
    ),
  });

/** An action by its id, among those that belong to what the path names. */
export function findAction(
  cloud: Cloud,
  id: string | undefined,
  belongs: (action: ActionRecord) => boolean,
): ActionRecord {
  const action = cloud.store.actions.get(Number(id));
  if (!action || !belongs(action)) throw notFound();
  return action;
}

/** Actions in the order of DigitalOcean's lists. */
export function newestFirst(cloud: Cloud, belongs: (action: ActionRecord) => boolean): ActionRecord[] {
  return [...cloud.store.actions.values()].filter(belongs).reverse();
}
