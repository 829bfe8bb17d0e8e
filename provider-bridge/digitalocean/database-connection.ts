import type { Attributes } from "../plugin/schema";
import { computed } from "../plugin/schema";
import type { Value, Values } from "../plugin/values";

/** How to connect to a cluster, a replica or a pool, as the API writes it. */
export interface Connection {
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
}

export interface Connections {
  readonly connection?: Connection | null;
  readonly private_connection?: Connection | null;
}

const secret = computed("string", { sensitive: true });

/** What clusters, replicas and pools all have. */
export const connectionAttributes: Attributes = {
  host: computed("string"),
  private_host: computed("string"),
  port: computed("number"),
  uri: secret,
  private_uri: secret,
  password: secret,
};

/**
 * State of the connections. A token that may not see passwords gets answers without them: then the password that the
 * state already has stays, also inside the URIs.
 */
export function connectionState({ connection, private_connection }: Connections, prior: Values): Values {
  const password = connection?.password || (typeof prior.password === "string" ? prior.password : "");
  return {
    ...(connection && {
      host: connection.host,
      port: connection.port,
      uri: withPassword(connection, password),
      ...(password !== "" && { password }),
    }),
    ...(private_connection && {
      private_host: private_connection.host,
      private_uri: withPassword(private_connection, password),
    }),
  };
}

function withPassword({ uri, user }: Connection, password: string): Value {
  const [scheme, rest] = uri.split("://");
  if (rest === undefined) return uri;
  const address = rest.slice(rest.indexOf("@") + 1);
  return `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${address}`;
}
