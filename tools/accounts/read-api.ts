import { UserError } from "../../programs/user-error";

/** Where an API is and how to get in. */
export interface ApiAccess {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

/** One entry of a list, as the API gives it. */
export type Entry = Readonly<Record<string, unknown>>;

/** A list of the API cannot be read: the token may not, or the API does not have it. */
export class NotReadable extends Error {
  public constructor(
    message: string,
    public readonly status: number,
  ) {
    super(message);
  }
}

/** The API does not know the token. */
export class UnknownToken extends UserError {}

const LIMIT_MS = 30_000;
const TRIES = 4;
/** Forbidden, not found, not implemented. */
const MISSING = [403, 404, 501];

/** The JSON of a path. Throws NotReadable; `variable`, where the token is from, is for the message when it is wrong. */
export async function readApi(access: ApiAccess, path: string, variable: string, tries = TRIES): Promise<Entry> {
  const response = await ask(access, path);
  if (response.ok) return (await response.json()) as Entry;
  await response.body?.cancel();
  if (MISSING.includes(response.status))
    throw new NotReadable(`GET ${path.split("?")[0]}: ${response.status}`, response.status);
  if ((response.status === 429 || response.status >= 500) && tries > 1) {
    const seconds = Math.min(60, Number(response.headers.get("retry-after")) || 2);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return readApi(access, path, variable, tries - 1);
  }
  const problem = `${access.url}${path}: status ${response.status}`;
  if (response.status === 401) throw new UnknownToken(`${problem}, ${variable} is not a token of this account`);
  throw new UserError(problem);
}

async function ask({ url, token }: ApiAccess, path: string): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new UserError(`${url}${path}: does not answer (${cause instanceof Error ? cause.message : message})`);
  }
}

/** What `read` gives, or nothing and a line in `unread`. */
export async function readable(read: () => Promise<Entry[]>, path: string, unread: string[]): Promise<Entry[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    unread.push(`GET ${path} is not allowed, or not offered`);
    return [];
  }
}
