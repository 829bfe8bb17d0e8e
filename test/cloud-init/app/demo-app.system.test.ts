import { appFiles } from "../../../cloud-init/app/user-data";
import { exampleApp } from "../example-hosts";
import { StallClock } from "../../stall-clock";
import { describeWithImage } from "../host-image";
import { ImageSandbox, waitUntil, type Answer, type SandboxProcess } from "../image-sandbox";
import { PostgresPair, type Member } from "./postgres-pair";

const site = "http://127.0.0.1:8000";
const writeUrl = "postgresql://app@site-primary.db.example.com:5001/site";
const readUrl =
  "postgresql://app@site-replica-1.db.example.com:5002,site-primary.db.example.com:5001/site" +
  "?target_session_attrs=prefer-standby&load_balance_hosts=random";
const adminUrl = "postgresql://doadmin@127.0.0.1:5001/site";
const adminUrlFile = "/etc/infrastructure/database-admin.url";
const form = { "content-type": "application/x-www-form-urlencoded" };
/** Sends bytes and prints what comes back until the other side closes; fails if it keeps the connection. */
const exchange = `
import socket, sys
with socket.create_connection(("127.0.0.1", 8000), timeout=30) as connection:
    connection.sendall(sys.argv[1].encode())
    while received := connection.recv(65536):
        sys.stdout.write(received.decode())
`;
const nodesInFront = {
  "x-load-balancer": "load-balancer-1",
  "x-web-node": "web-1",
  "x-request-id": "request-0123456789",
};

/** In this order: each begins with what the one before has left. */
describeWithImage("the demo application", () => {
  let sandbox: ImageSandbox;
  let postgres: PostgresPair;
  let app: SandboxProcess;

  beforeAll(async () => {
    sandbox = await ImageSandbox.start("app-1");
    postgres = await PostgresPair.start(sandbox);
    await sandbox.write(appFiles({ ...exampleApp, database: { ...exampleApp.database, writeUrl, readUrl, adminUrl } }));
    const names = "localhost site-primary.db.example.com site-replica-1.db.example.com";
    await sandbox.write([{ path: "/etc/hosts", content: `127.0.0.1 ${names}\n` }]);
    await startApp();
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  async function startApp(): Promise<void> {
    const environment = { DATABASE_WRITE_URL: writeUrl, DATABASE_READ_URL: readUrl, PORT: "8000" };
    const unprivileged = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
    app = sandbox.spawn([...unprivileged, "python3", "-B", "/usr/local/lib/demo-app"], environment);
    await waitUntil("the application answers", async () => (await get("/healthz")).status === 200);
  }

  const get = (path: string): Promise<Answer> => sandbox.request(`${site}${path}`, { headers: nodesInFront });
  const post = (path: string, body: string): Promise<Answer> =>
    sandbox.request(`${site}${path}`, { headers: path === "/" ? form : {}, body });
  const prepareDatabase = (): Promise<string> =>
    sandbox.run(["/usr/local/sbin/prepare-database"], {
      ...{ DATABASE_DIRECT_URL: writeUrl, STATEMENT_TIMEOUT_SECONDS: "120", LOCK_TIMEOUT_SECONDS: "30" },
      IDLE_IN_TRANSACTION_TIMEOUT_SECONDS: "0",
      LIMIT_SECONDS: "5",
    });
  const status = async () => JSON.parse((await get("/api/status")).body);
  /** Locks the table until what it resolves to is called. A replica follows, in its time. */
  const lockTable = async (member: Member = "primary"): Promise<() => Promise<void>> => {
    const held = "while pg_stat_file('/srv/unlocked', true) is null loop perform pg_sleep(0.05); end loop";
    const lock = postgres.sql("site", `begin; lock table guest_book; do $$ begin ${held}; end $$; commit`);
    const locks =
      "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'guest_book'::regclass";
    await waitUntil("the table is locked", async () => {
      // The lock reaches the replica with what another transaction commits.
      await postgres.sql("site", "select pg_logical_emit_message(true, '', '')");
      return (await postgres.sql("site", locks, member)).startsWith("1");
    });
    return async () => {
      await sandbox.write([{ path: "/srv/unlocked", content: "" }]);
      await lock;
      await sandbox.run(["rm", "/srv/unlocked"]);
    };
  };
  const waitingFor = (member: Member) =>
    waitUntil(`a session waits on the ${member}`, async () =>
      (await postgres.sql("site", "select count(*) from pg_locks where not granted", member)).startsWith("1"),
    );
  const caughtUp = () => waitUntil("the replica has caught up", async () => (await status()).reads.lagSeconds === 0);

  test("fails to write, with the reason, while its user may not create a table", async () => {
    const answer = await post("/", "name=Ada&message=Too+early");
    expect(answer.status).toBe(503);
    expect(answer.body).toMatch(/Your entry was not saved\..*database user may not create/);
    // What was typed is not lost.
    expect(answer.body).toContain("Too early</textarea>");
    expect((await get("/")).status).toBe(200);
  });

  test("prepare-database grants what is missing, on several nodes at once, and deletes the administrator's URL", async () => {
    await Promise.all([prepareDatabase(), prepareDatabase(), prepareDatabase()]);
    expect(await postgres.sql("site", "select has_schema_privilege('app', 'public', 'create')")).toBe("t\n");
    // A session of a node that lost its power keeps its locks for some seconds, and not for hours.
    const defaults = await postgres.sql("site", "select unnest(rolconfig) from pg_roles where rolname = 'app'");
    expect(defaults.trim().split("\n").sort()).toEqual([
      ...["client_connection_check_interval=5000", "idle_in_transaction_session_timeout=0s", "lock_timeout=30s"],
      ...["statement_timeout=120s", "tcp_keepalives_count=3", "tcp_keepalives_idle=5", "tcp_keepalives_interval=3"],
      "tcp_user_timeout=15000",
    ]);
    expect(sandbox.has(adminUrlFile)).toBe(false);
    expect(await prepareDatabase()).toBe("");
  });

  test("fails to prepare a database that refuses, within its limit and without the password in its words", async () => {
    const url = "postgresql://nobody:pass-word@127.0.0.1:5001/site";
    const file = { path: adminUrlFile, content: `${url}\n`, permissions: "0600" };
    await sandbox.write([file]);
    // Where all is granted, nobody asks for a password that may be another one by now.
    await prepareDatabase();
    expect(sandbox.has(adminUrlFile)).toBe(false);
    await sandbox.write([file]);
    await postgres.sql("site", "revoke create on schema public from app");
    const error: Error = await prepareDatabase().then(
      () => new Error("it succeeded"),
      (reason: Error) => reason,
    );
    expect(error.message).toMatch(/gave up after 5 s/);
    expect(error.message).not.toContain("pass-word");
    expect(sandbox.has(adminUrlFile)).toBe(true);
    await postgres.sql("site", "grant create on schema public to app");
  });

  test("an entry is written to the primary, and read from the replica on the next page", async () => {
    const saved = await post("/", "name=Ada&message=First+%E2%9C%93");
    expect(saved).toMatchObject({ status: 303 });
    expect(saved.headers).toMatchObject({
      location: "/#entries",
      "set-cookie": expect.stringMatching(/^wrote=1; Path=\/; Max-Age=60; Secure; HttpOnly/) as string,
      "x-app-node": "app-1",
      "x-database-node": "site-primary",
    });
    await waitUntil("it has reached the replica", async () => (await status()).entries === 1);
    const page = await get("/");
    expect(page.headers).toMatchObject({
      "x-app-node": "app-1",
      "x-database-node": "site-replica-1",
      "cache-control": "no-store",
    });
    expect(page.body).toContain("<p>First ✓</p>");
    for (const name of ["load-balancer-1", "web-1", "app-1", "site-replica-1", "site-primary", "request-0123456789"]) {
      expect(page.body).toContain(name);
    }
  });

  test("an idle replica is up to date", async () => {
    await caughtUp();
    expect((await status()).reads).toMatchObject({ name: "site-replica-1", role: "replica", receiving: true });
  });

  test("while a replica waits, others do not see an entry yet, and who has written it does", async () => {
    await postgres.sql("site", "select pg_wal_replay_pause()", "replica");
    await post("/", "name=Grace&message=On+its+way");
    const stale = await get("/");
    expect(stale.headers["x-database-node"]).toBe("site-replica-1");
    expect(stale.body).not.toContain("<p>On its way</p>");
    const headers = { ...nodesInFront, cookie: "theme=dark; wrote=2" };
    const own = await sandbox.request(`${site}/`, { headers });
    expect(own.headers["x-database-node"]).toBe("site-primary");
    expect(own.body).toContain("<p>On its way</p>");
    const entries = JSON.parse((await sandbox.request(`${site}/api/entries`, { headers })).body);
    expect(entries.entries[0].message).toBe("On its way");
    await waitUntil("it is late", async () => (await status()).reads.lagSeconds > 0.5);
    await postgres.sql("site", "select pg_wal_replay_resume()", "replica");
    await caughtUp();
    // From then on it serves this visitor, too.
    expect((await sandbox.request(`${site}/`, { headers })).headers["x-database-node"]).toBe("site-replica-1");
  });

  test("whatever visitors and headers say is shown as text", async () => {
    const nasty = `<script>alert("1")</script>'; drop table guest_book; --`;
    const saved = await post("/api/entries", JSON.stringify({ name: "<b>Eve</b>", message: nasty }));
    expect(saved.status).toBe(201);
    const headers = { "x-web-node": "<img src=x onerror=alert(1)>" };
    const page = await sandbox.request(`${site}/`, {
      headers: { ...headers, cookie: `wrote=${JSON.parse(saved.body).entry.id}` },
    });
    expect(page.body).not.toMatch(/<script|<img|<b>Eve/);
    expect(page.body).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#x27;; drop table");
    expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'/);
    expect((await status()).entries).toBe(3);
  });

  test("entries and status are there as JSON", async () => {
    const entries = JSON.parse((await get("/api/entries")).body);
    expect(entries.server.name).toBe("site-replica-1");
    expect(entries.entries.map(({ name, appNode }: { name: string; appNode: string }) => [name, appNode])).toEqual([
      ["<b>Eve</b>", "app-1"],
      ["Grace", "app-1"],
      ["Ada", "app-1"],
    ]);
    expect(await status()).toMatchObject({
      edge: null,
      loadBalancer: "load-balancer-1",
      webNode: "web-1",
      appNode: "app-1",
      requestId: "request-0123456789",
      writes: { name: "site-primary", role: "primary", lagSeconds: null },
    });
  });

  test.each([
    ["an empty name", "/api/entries", '{"name": " ", "message": "m"}', 400],
    ["a message that is too long", "/api/entries", JSON.stringify({ name: "n", message: "x".repeat(501) }), 400],
    ["a message with a control character", "/api/entries", '{"name": "n", "message": "a\\u0000b"}', 400],
    ["half of a surrogate pair", "/api/entries", '{"name": "n", "message": "\\ud800"}', 400],
    ["a name that is no text", "/api/entries", '{"name": 1, "message": "m"}', 400],
    ["something that is no JSON", "/api/entries", "name=n", 400],
    ["JSON that is deeper than anything", "/api/entries", "[".repeat(8000), 400],
    ["a form without a message", "/", "name=n", 400],
    ["a form with very many fields", "/", "a=b&".repeat(2000), 400],
    ["a body that is too long", "/", `message=${"x".repeat(9000)}`, 413],
    ["an address that is not there", "/admin", "a=b", 404],
  ])("fails on %s", async (_, path, body, expected) => {
    expect((await post(path, body)).status).toBe(expected);
    expect((await status()).entries).toBe(3);
  });

  test("fails on a body without a length", async () => {
    const answer = await sandbox.request(`${site}/`, { headers: { "transfer-encoding": "chunked" }, body: "name=n" });
    expect(answer.status).toBe(411);
  });

  test.each([
    ["GET with a length", "GET / HTTP/1.1", "Content-Length: %d"],
    ["GET in chunks", "GET /api/status HTTP/1.1", "Transfer-Encoding: chunked"],
    ["HEAD with a length", "HEAD / HTTP/1.1", "Content-Length: %d"],
    ["a POST to nowhere", "POST /nowhere HTTP/1.1", "Content-Length: %d"],
    ["a POST that is too long", "POST / HTTP/1.1", "Content-Length: 9999"],
    ["a POST of unknown length", "POST / HTTP/1.1", "Content-Length: +5"],
    ["another method", "PUT / HTTP/1.1", "Content-Length: %d"],
  ])("never takes a body for the next request: %s", async (_, first, header) => {
    const second = "GET /healthz HTTP/1.1\r\nHost: second\r\n\r\n";
    const head = `${first}\r\nHost: first\r\n${header.replace("%d", String(second.length))}\r\n\r\n`;
    const answers = await sandbox.run(["python3", "-c", exchange, head + second]);
    expect(answers.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  });

  test("without the replica it reads from the primary, without a restart", async () => {
    await postgres.kill("replica");
    await waitUntil("reads come from the primary", async () => (await status()).reads.name === "site-primary");
    expect((await get("/")).headers["x-database-node"]).toBe("site-primary");
    await postgres.start("replica");
  });

  test("a replica that hangs costs some seconds, not the page", async () => {
    await app.stop();
    await startApp();
    await waitUntil("reads come from the replica", async () => (await status()).reads.name === "site-replica-1");
    await postgres.freeze("replica");
    using clock = new StallClock();
    await get("/");
    expect(clock.elapsed()).toBeLessThan(10_000);
    await waitUntil("reads come from the primary", async () => (await status()).reads.name === "site-primary");
    await postgres.thaw("replica");
  });

  test("a page is shown although the server dies that is asked for it", async () => {
    await app.stop();
    await startApp();
    await waitUntil("reads come from the replica", async () => (await status()).reads.name === "site-replica-1");
    const unlock = await lockTable("replica");
    const page = get("/");
    await waitingFor("replica");
    await postgres.kill("replica");
    await unlock();
    expect((await page).status).toBe(200);
    expect((await page).headers["x-database-node"]).toBe("site-primary");
    await postgres.start("replica");
  });

  test("without the primary it still reads, and the form says why it is closed", async () => {
    await app.stop();
    await startApp();
    await waitUntil("reads come from the replica", async () => (await status()).reads.name === "site-replica-1");
    await postgres.kill("primary");
    await waitUntil("writes are closed", async () => "error" in (await status()).writes);
    const page = await get("/");
    expect(page.status).toBe(200);
    expect(page.headers["x-database-node"]).toBe("site-replica-1");
    expect(page.body).toContain("On its way");
    expect(page.body).toContain("The database primary cannot be reached. Reading still works");
    expect(page.body).not.toContain("<form");
    const lost = await post("/", "name=Eve&message=Lost");
    expect(lost.status).toBe(503);
    expect(lost.headers["retry-after"]).toBe("5");
    expect(JSON.parse((await post("/api/entries", '{"name":"n","message":"m"}')).body).error).toMatch(/primary/);
  });

  test("without any database it says so quickly, and is still alive", async () => {
    await postgres.kill("replica");
    await waitUntil("reads are closed", async () => (await get("/")).status === 503);
    using clock = new StallClock();
    const page = await get("/");
    expect(page.status).toBe(503);
    expect(page.body).toContain("The database for reading cannot be reached");
    expect((await get("/api/entries")).status).toBe(503);
    expect(await get("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
    expect(clock.elapsed()).toBeLessThan(2000);
  });

  test("it comes back by itself when the databases do", async () => {
    await postgres.start("primary");
    await postgres.start("replica");
    await waitUntil("writes are open", async () => (await post("/", "name=Ada&message=Back")).status === 303);
    await waitUntil("they are read", async () => (await get("/")).body.includes("<p>Back</p>"));
  });

  test("when it stops, a request in flight is answered, and no idle connection holds it up", async () => {
    const unlock = await lockTable();
    const written = post("/", "name=Ada&message=Last");
    await waitingFor("primary");
    await app.signal("TERM");
    const isRefused = () =>
      get("/healthz").then(
        () => false,
        () => true,
      );
    await waitUntil("nobody new is let in", isRefused);
    await unlock();
    const answer = await written;
    expect(answer.status).toBe(303);
    expect(answer.headers.connection).toBe("close");
    await app.ended;
  });
});
