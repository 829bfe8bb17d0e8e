import type { ConnectionPool } from "../../../local-cloud/platform/platform";
import { renderPgbouncerHba, renderPgbouncerIni } from "../../../local-cloud/postgres/pooler-configuration";

const pool: ConnectionPool = { name: "app-pool", mode: "transaction", size: 10, database: "app", user: "app" };

function databasesOf(pools: readonly ConnectionPool[]): string[] {
  const ini = renderPgbouncerIni({ port: 25061, serverPort: 25102, pools });
  return /\[databases\]\n([^[]*?)\n\n\[pgbouncer\]/.exec(ini)![1]!.split("\n").slice(0, -1);
}

describe("configuration of the pooler", () => {
  test("a pool leads to its database on the primary's socket, as its user", () => {
    expect(databasesOf([pool])).toEqual([
      "app-pool = host=/srv/socket port=25102 dbname='app' user='app' pool_mode=transaction pool_size=10",
    ]);
  });

  test("a pool without a user keeps the user who connects", () => {
    expect(databasesOf([{ ...pool, user: undefined }])[0]).not.toContain("user=");
  });

  test("only a pool's user may use it, everybody where it names none, nobody without TLS", () => {
    expect(renderPgbouncerHba([pool, { ...pool, name: "any", user: undefined }])).toBe(
      [
        "local pgbouncer postgres trust",
        'hostssl "app-pool" "app" all scram-sha-256',
        'hostssl "any" all all scram-sha-256',
        "",
      ].join("\n"),
    );
  });

  test("clients need TLS", () => {
    expect(renderPgbouncerIni({ port: 25061, serverPort: 25101, pools: [pool] })).toContain(
      "client_tls_sslmode = require\n",
    );
  });

  test("quotes in a name stay within it", () => {
    expect(databasesOf([{ ...pool, database: "a' user='postgres" }])[0]).toContain("dbname='a'' user=''postgres' user");
  });

  test("fails on a name of a pool that PgBouncer cannot read", () => {
    expect(() => databasesOf([{ ...pool, name: "a = b" }])).toThrow(
      'pool.name: must be letters, digits, ".", "_" and "-", got "a = b"',
    );
  });

  test("fails on a line break, which would begin another setting", () => {
    expect(() => databasesOf([{ ...pool, database: "a\nauth_type = trust" }])).toThrow("control characters");
  });
});
