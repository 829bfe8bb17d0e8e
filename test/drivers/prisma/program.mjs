import { readFileSync } from "node:fs";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import { SERVER, TLS, askAtOnce, expect, main } from "./protocol.mjs";

const { DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_READ_URL, RUN } = process.env;
const makeClient = (connectionString) => new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
const prisma = makeClient(DATABASE_URL);
const readers = makeClient(DATABASE_READ_URL);
const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;

const create = (by, worker, number) => by.row.create({ data: { run: RUN, worker, number } });

// A session of its own it has within a transaction only, and no LISTEN.
await main({
  checks: {
    connect: async () => {
      expect(await prisma.$queryRaw`select current_user::text as me`, [{ me: "app" }]);
      return `Prisma ${versionOf("@prisma/client")}, node-postgres ${versionOf("pg")}`;
    },
    statements: () =>
      askAtOnce(async (way, number, text) =>
        way === 0
          ? (await prisma.$queryRaw`select ${number}::int as number, ${text}::text as text`)[0]
          : (await prisma.$queryRaw`select ${text}::text as text, ${number}::int as number`).map(
              ({ number, text }) => ({
                number,
                text,
              }),
            )[0],
      ),
    transaction: async () => {
      await prisma.$transaction((tx) => create(tx, -1, 1));
      const undo = new Error("undo");
      await prisma
        .$transaction(async (tx) => {
          await create(tx, -1, 2);
          throw undo;
        })
        .catch((error) => {
          if (error !== undo) throw error;
        });
      expect(await prisma.row.count({ where: { run: RUN, worker: -1 } }), 1);
    },
    set: () =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`set application_name = 'mine'`;
        expect(await tx.$queryRaw`show application_name`, [{ application_name: "mine" }]);
      }),
    lock: () =>
      prisma.$transaction(async (one) => {
        await one.$executeRaw`select pg_advisory_xact_lock(7)`;
        expect(await prisma.$queryRaw`select pg_try_advisory_xact_lock(7) as got`, [{ got: false }]);
      }),
    tls: async () => expect(await prisma.$queryRawUnsafe(TLS), [{ ssl: true }]),
    direct: async () => expect(await makeClient(DATABASE_DIRECT_URL).$queryRawUnsafe(TLS), [{ ssl: true }]),
    read: async () => (await readers.$queryRawUnsafe(SERVER))[0].server,
  },
  write: async (worker, number) => void (await create(prisma, worker, number)),
  read: async () => (await readers.$queryRawUnsafe(SERVER))[0].server,
});
