import { timestamp } from "../../clock";
import { notFound } from "../account/errors";
import { paginate } from "../account/pagination";
import { ok, type Handler } from "../account/route";
import { defaultProjectId } from "../account/views";

/** The account has one project, which everything is in. */
const defaultProject = {
  id: defaultProjectId,
  owner_uuid: "5df3e3004a17e242b7c20ca6c9fc25b701a47ece",
  owner_id: 1,
  name: "local cloud",
  description: "everything in the local cloud",
  purpose: "Web Application",
  environment: "Development",
  is_default: true,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

/** `GET /v2/projects`. */
export const listProjects: Handler = (_cloud, request) =>
  ok(paginate("projects", [defaultProject], request, (project) => project));

/** `GET /v2/projects/default`. */
export const getDefaultProject: Handler = () => ok({ project: defaultProject });

/** `GET /v2/projects/:project`. */
export const getProject: Handler = (_cloud, { parameters }) => {
  if (parameters["project"] !== defaultProjectId) throw notFound();
  return ok({ project: defaultProject });
};

/** `GET /v2/customers/my/balance`: nothing costs anything here. */
export const getBalance: Handler = ({ clock }) =>
  ok({
    month_to_date_balance: "0.00",
    account_balance: "0.00",
    month_to_date_usage: "0.00",
    generated_at: timestamp(clock.now()),
  });
