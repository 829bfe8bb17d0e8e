import { unprocessable } from "../account/errors";
import { noContent, ok, type Handler } from "../account/route";

/** `GET /v2/databases/metrics/credentials`: one login for the metrics endpoints of all clusters of the account. */
export const getMetricsCredentials: Handler = (cloud) => {
  const { user, password } = cloud.store.metricsLogin;
  return ok({ credentials: { basic_auth_username: user, basic_auth_password: password } });
};

/** `PUT /v2/databases/metrics/credentials`. */
export const setMetricsCredentials: Handler = async (cloud, { body }) => {
  const credentials = body.object("credentials");
  const user = credentials.text("basic_auth_username");
  const password = credentials.text("basic_auth_password");
  // RFC 7617: what comes before the first colon is the name.
  if (user.includes(":")) throw unprocessable("credentials.basic_auth_username: must be without a colon");
  cloud.store.metricsLogin = { user, password };
  await cloud.platform.databases.setMetricsLogin(user, password);
  return noContent;
};
