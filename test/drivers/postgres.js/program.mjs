import { readFileSync } from "node:fs";
import postgres from "postgres";
import { SERVER, TLS, askAtOnce, expect, main } from "./protocol.mjs";

const { DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_READ_URL, RUN } = process.env;
const sql = postgres(DATABASE_URL);
const readers = postgres(DATABASE_READ_URL);
const version = JSON.parse(
  readFileSync(new URL("node_modules/postgres/package.json", import.meta.url), "utf8"),
).version;

const insert = (by, worker, number) =>
  by`insert into driver_rows (run, worker, number) values (${RUN}, ${worker}, ${number})`;

await main({
  checks: {
    connect: async () => {
      expect((await sql`select current_user::text as me`)[0], { me: "app" });
      return `postgres.js ${version}`;
    },
    statements: () =>
      askAtOnce(async (way, number, text) =>
        way === 0
          ? (await sql`select ${number}::int as number, ${text}::text as text`)[0]
          : (({ number, text }) => ({ number, text }))(
              (await sql`select ${text}::text as text, ${number}::int as number`)[0],
            ),
      ),
    transaction: async () => {
      await sql.begin((tx) => insert(tx, -1, 1));
      const undo = new Error("undo");
      await sql
        .begin(async (tx) => {
          await insert(tx, -1, 2);
          throw undo;
        })
        .catch((error) => {
          if (error !== undo) throw error;
        });
      const count = sql`select count(*)::int as rows from driver_rows where run = ${RUN} and worker = -1`;
      expect((await count)[0], { rows: 1 });
    },
    set: async () => {
      const one = await sql.reserve();
      await one`set application_name = 'mine'`;
      expect((await one`show application_name`)[0], { application_name: "mine" });
      one.release();
    },
    lock: async () => {
      const [one, other] = [await sql.reserve(), await sql.reserve()];
      await one`select pg_advisory_lock(7)`;
      expect((await other`select pg_try_advisory_lock(7) as got`)[0], { got: false });
      await one`select pg_advisory_unlock(7)`;
      expect((await other`select pg_try_advisory_lock(7) as got`)[0], { got: true });
      await other`select pg_advisory_unlock(7)`;
      one.release();
      other.release();
    },
    listen: async () => {
      const heard = new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error("nothing heard in 5 s")), 5000);
        void sql.listen("news", resolve).then(() => sql.notify("news", "one"), reject);
      });
      expect(await heard, "one");
    },
    tls: async () => expect((await sql.unsafe(TLS))[0], { ssl: true }),
    direct: async () => expect((await postgres(DATABASE_DIRECT_URL).unsafe(TLS))[0], { ssl: true }),
    read: async () => (await readers.unsafe(SERVER))[0].server,
  },
  write: async (worker, number) => void (await insert(sql, worker, number)),
  read: async () => (await readers.unsafe(SERVER))[0].server,
});
