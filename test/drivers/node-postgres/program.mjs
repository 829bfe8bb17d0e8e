import pg from "pg";
import { readFileSync } from "node:fs";
import { SERVER, TLS, askAtOnce, expect, main } from "./protocol.mjs";

const { DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_READ_URL, RUN } = process.env;
const makePool = (connectionString) => {
  const pool = new pg.Pool({ connectionString });
  // Its README asks for it: without a listener the process ends when a connection that nobody uses is lost.
  return pool.on("error", () => undefined);
};
const pool = makePool(DATABASE_URL);
const readers = makePool(DATABASE_READ_URL);
const insert = "insert into driver_rows (run, worker, number) values ($1, $2, $3)";
const version = JSON.parse(readFileSync(new URL("node_modules/pg/package.json", import.meta.url), "utf8")).version;

const first = async (by, sql, values) => (await by.query(sql, values)).rows[0];

await main({
  checks: {
    connect: async () => {
      expect(await first(pool, "select current_user::text as me"), { me: "app" });
      return `node-postgres ${version}`;
    },
    statements: () =>
      askAtOnce((way, number, text) =>
        way === 0
          ? first(pool, "select $1::int as number, $2::text as text", [number, text])
          : first(pool, { name: "turned", text: "select $2::int as number, $1::text as text" }, [text, number]),
      ),
    transaction: async () => {
      const client = await pool.connect();
      for (const [number, end] of [
        [1, "commit"],
        [2, "rollback"],
      ]) {
        await client.query("begin");
        await client.query(insert, [RUN, -1, number]);
        await client.query(end);
      }
      client.release();
      const count = "select count(*)::int as rows from driver_rows where run = $1 and worker = -1";
      expect(await first(pool, count, [RUN]), { rows: 1 });
    },
    set: async () => {
      const client = await pool.connect();
      await client.query("set application_name = 'mine'");
      expect(await first(client, "show application_name"), { application_name: "mine" });
      client.release();
    },
    lock: async () => {
      const [one, other] = [await pool.connect(), await pool.connect()];
      await one.query("select pg_advisory_lock(7)");
      expect(await first(other, "select pg_try_advisory_lock(7) as got"), { got: false });
      await one.query("select pg_advisory_unlock(7)");
      expect(await first(other, "select pg_try_advisory_lock(7) as got"), { got: true });
      await other.query("select pg_advisory_unlock(7)");
      one.release();
      other.release();
    },
    listen: async () => {
      const client = new pg.Client({ connectionString: DATABASE_URL });
      await client.connect();
      const heard = new Promise((resolve, reject) => {
        client.once("notification", ({ payload }) => resolve(payload));
        setTimeout(() => reject(new Error("nothing heard in 5 s")), 5000);
      });
      await client.query("listen news");
      await pool.query("select pg_notify('news', 'one')");
      expect(await heard, "one");
      await client.end();
    },
    tls: async () => expect(await first(pool, TLS), { ssl: true }),
    direct: async () => {
      const client = new pg.Client({ connectionString: DATABASE_DIRECT_URL });
      await client.connect();
      expect(await first(client, TLS), { ssl: true });
      await client.end();
    },
    read: async () => (await first(readers, SERVER)).server,
  },
  write: async (worker, number) => void (await pool.query(insert, [RUN, worker, number])),
  read: async () => (await first(readers, SERVER)).server,
});
