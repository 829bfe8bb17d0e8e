import type { EntryId } from "./history";
import type { Answer, PsqlSession } from "./psql-session";

/**
 * Where entries are written directly: a table without any constraint on them, so that an entry that is written twice is
 * there twice.
 */
const CREATE = "CREATE TABLE IF NOT EXISTS ledger (entry text NOT NULL)";
const INDEX = "CREATE INDEX IF NOT EXISTS ledger_entry ON ledger (entry)";

/** Makes the table, and empties one that an earlier run left. */
export async function prepareTable(session: PsqlSession, limitMs: number): Promise<void> {
  const statement = `DO $$ BEGIN ${CREATE}; ${INDEX}; TRUNCATE ledger; END $$; SELECT 'ready'`;
  requireAnswer(await session.ask(statement, limitMs));
}

export function writeEntry(session: PsqlSession, entry: EntryId, limitMs: number): Promise<Answer> {
  return session.ask(`INSERT INTO ledger VALUES ('${entry}') RETURNING entry`, limitMs);
}

/** Which of the entries are there; undefined when the server does not answer, or is no primary. */
export async function tryReadEntries(
  session: PsqlSession,
  entries: readonly EntryId[],
  limitMs: number,
): Promise<Set<EntryId> | undefined> {
  const list = entries.map((entry) => `'${entry}'`).join(", ");
  const found = `(SELECT string_agg(entry, ' ') FROM ledger WHERE entry IN (${list}))`;
  const answer = await session.ask(`SELECT pg_is_in_recovery() || ' ' || coalesce(${found}, '')`, limitMs);
  if (answer.outcome !== "answered") return undefined;
  const [inRecovery, ...there] = answer.line.split(" ");
  return inRecovery === "false" ? new Set(there) : undefined;
}

/** Every entry, as often as it is there. */
export async function readTable(session: PsqlSession, limitMs: number): Promise<EntryId[]> {
  const line = requireAnswer(await session.ask("SELECT coalesce(string_agg(entry, ' '), '') FROM ledger", limitMs));
  return line === "" ? [] : line.split(" ");
}

function requireAnswer(answer: Answer): string {
  if (answer.outcome !== "answered") throw new Error(`ledger: ${answer.problem}`);
  return answer.line;
}
