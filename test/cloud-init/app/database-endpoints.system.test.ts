import { readFileSync } from "node:fs";
import { whyNoImage } from "../host-image";
import { waitUntil } from "../image-sandbox";
import { servicesTreeForTests } from "../../local-cloud/services/services-tree-for-tests";
import { type Attempt, EndpointsForTests, cluster, replica } from "./database-endpoints-for-tests";

const { tree, describeWithTree } = servicesTreeForTests();
const describeWithBoth = whyNoImage() === undefined ? describeWithTree : describe.skip;
const insert = "insert into entries (text) values ('visit')";
const look = "select pg_is_in_recovery()";

/** In this order: each begins with what the one before has left. */
describeWithBoth("the database endpoints of a node", () => {
  let site: EndpointsForTests;
  const measured: Record<string, number> = {};

  beforeAll(async () => {
    site = await EndpointsForTests.start(tree);
    await site.startAgent();
    site.startPoolers();
    await waitUntil("both replicas are read from", async () => (await site.readers()).size === 2);
  });

  afterAll(async () => {
    if (process.env.SHOW_LOG) process.stdout.write(`${site?.log()}\n`);
    await site?.[Symbol.asyncDispose]();
    process.stdout.write(`measured (s): ${JSON.stringify(measured)}\n`);
  });

  const addressOf = (number: number) => replica(number).addresses[0]!.privateAddress;
  /** The longest time between two statements that succeeded. */
  const gap = (attempts: readonly Attempt[]) => {
    const ends = attempts.filter(({ error }) => error === null).map(({ began, seconds }) => began + seconds);
    return Math.max(...ends.slice(1).map((end, index) => end - ends[index]!));
  };
  const failed = (attempts: readonly Attempt[]) => attempts.filter(({ error }) => error !== null);
  /** Until so many more attempts are over; those are all that began after now. */
  async function next(visitor: { attempts(): Attempt[] }, count = 10): Promise<Attempt[]> {
    const now = Date.now() / 1000;
    const since = () => visitor.attempts().filter(({ began }) => began >= now);
    await waitUntil(`${count} more attempts`, async () => since().length >= count, 30);
    return since();
  }
  const note = (name: string, seconds: number) => (measured[name] = Math.round(seconds * 100) / 100);

  test("writes go to the primary, reads to the replicas in turn, over TLS", async () => {
    expect(await site.psql("select host(inet_server_addr()), pg_is_in_recovery()")).toBe("10.10.0.30|f");
    expect(await site.readers()).toEqual(new Set([addressOf(1), addressOf(2)]));
    for (const endpoint of ["write", "read"] as const)
      expect(await site.psql("select ssl from pg_stat_ssl where pid = pg_backend_pid()", endpoint)).toBe("t");
  });

  test("an endpoint that was not told where it leads is told", async () => {
    const host = `s/host=[^ ]*/host=${cluster.privateHostname}/`;
    const reload = "setpriv --reuid postgres psql -h /run/database-endpoints/read-1 -p 6433 pgbouncer -c reload";
    const keep = "cp -p read-1.ini kept.ini";
    const commands = [keep, `sed -i '/dbname=/ ${host}' read-1.ini`, reload, "mv kept.ini read-1.ini"];
    await site.node.run(["sh", "-c", `cd /run/database-endpoints && ${commands.join(" && ")}`], {
      PGUSER: "pgbouncer",
    });
    await waitUntil("only replicas are read from", async () => !(await site.readers()).has("10.10.0.30"));
  });

  test("a session keeps what it sets, prepares and listens to, and the next one begins anew", async () => {
    const url = "set search_path = pg_catalog; prepare p as select 1; listen c";
    expect(await site.psql(`${url}; execute p; show search_path`)).toContain("pg_catalog");
    expect(await site.psql("show search_path")).toBe('"$user", public');
    const kib = Number(
      (
        await site.node.run([
          "sh",
          "-c",
          "cat /proc/[0-9]*/status | awk '/^Name:/{n=$2} /^VmRSS/{if (n==\"pgbouncer\") s+=$2} END{print s}'",
        ])
      ).trim(),
    );
    note("memory of five endpoints, MiB", kib / 1024);
  });

  test("a session with options of its own is refused, and says why", async () => {
    const refused = site.psql("show search_path", "write", { PGOPTIONS: "-c search_path=pg_catalog" });
    await expect(refused).rejects.toThrow("unsupported startup parameter in options: search_path");
  });

  test("the application's user has what prepare-database grants, its time-outs, and may nothing else", async () => {
    await site.prepareDatabase();
    expect(await site.psql("show statement_timeout; show lock_timeout; show idle_in_transaction_session_timeout")).toBe(
      "2min\n30s\n1min",
    );
    await site.direct("create schema own; create table own.things (id int); drop schema own cascade", "app", "app");
    const refusals: [string, string, RegExp][] = [
      ["defaultdb", "select 1", /permission denied for database "defaultdb"/],
      ["app", "select rolpassword from pg_authid", /permission denied for table pg_authid/],
      ["app", "select passwd from pg_shadow", /permission denied for view pg_shadow/],
      ["app", "select pg_read_file('/etc/passwd')", /permission denied for function pg_read_file/],
      ["app", "select pg_ls_dir('.')", /permission denied for function pg_ls_dir/],
      ["app", "copy (select 1) to program 'id'", /permission denied to COPY to or from an external program/],
      ["app", "copy (select 1) to '/tmp/x'", /permission denied to COPY to a file/],
      ["app", "create role other", /permission denied to create role/],
      ["app", "create database other", /permission denied to create database/],
      ["app", "alter system set fsync = off", /permission denied to set parameter "fsync"|must be superuser/],
      ["app", "set role doadmin", /permission denied to set role "doadmin"/],
      ["app", "select pg_reload_conf()", /permission denied for function pg_reload_conf/],
      ["app", "select pg_promote()", /permission denied for function pg_promote/],
      ["app", "drop schema public cascade", /must be owner of schema public/],
    ];
    for (const [database, sql, refusal] of refusals)
      await expect(site.direct(sql, database, "app")).rejects.toThrow(refusal);
    await site.databases.setUser(cluster.id, "other", "secret");
    await expect(site.direct("select 1", "app", "other")).rejects.toThrow(/permission denied for database "app"/);
  });

  /** Until there is another primary than that, and the last attempt of each visitor has reached it. */
  async function untilWrittenAfter(node: string, ...visitors: readonly { attempts(): Attempt[] }[]) {
    await waitUntil("another primary", async () => (await site.primary()).node !== node, 30);
    await waitUntil(
      "writes at the new one",
      async () => {
        const { privateAddress } = await site.primary();
        return visitors.every(
          ({ attempts }) => attempts().at(-1)!.error === null && attempts().at(-1)!.server === privateAddress,
        );
      },
      20,
    );
  }

  test("a primary without power: sessions end, and new ones wait for the promoted standby", async () => {
    await site.everyStandbyStreams();
    const { node } = await site.primary();
    const stays = await site.startVisitor("stays", "write", insert, true);
    const comes = await site.startVisitor("comes", "write", insert, false);
    await site.databases.findServer(node).powerOff();
    await untilWrittenAfter(node, stays, comes);
    const [stayed, came] = [await stays.end(), await comes.end()];
    note("power off, session that stays: longest pause", gap(stayed));
    note("power off, new sessions: longest pause", gap(came));
    expect(failed(stayed).length).toBeLessThanOrEqual(2);
    expect(failed(came).length).toBeLessThanOrEqual(2);
    await site.databases.findServer(node).powerOn();
    await site.everyStandbyStreams();
  });

  test("a frozen primary: sessions end as if it had lost its power", async () => {
    const { node } = await site.primary();
    const stays = await site.startVisitor("frozen-stays", "write", insert, true);
    const comes = await site.startVisitor("frozen-comes", "write", insert, false);
    await site.databases.findServer(node).freeze();
    await untilWrittenAfter(node, stays, comes);
    const [stayed, came] = [await stays.end(), await comes.end()];
    note("frozen, session that stays: longest pause", gap(stayed));
    note("frozen, new sessions: longest pause", gap(came));
    expect(failed([...stayed, ...came]).length).toBeLessThanOrEqual(4);
    // psycopg's words when a question was given up in a way that waits for the server once more.
    expect(site.log()).not.toContain("cancellation failed");
    await site.databases.findServer(node).thaw();
    await site.everyStandbyStreams();
  });

  test("a name that leads to the old primary again, now a read-only standby with the same certificate, gets no writes", async () => {
    const now = await site.primary();
    const standby = (await site.databases.status()).find(
      ({ role, cluster: of }) => role === "standby" && of === "main",
    )!;
    const comes = await site.startVisitor("back", "write", insert, false);
    await site.names.set(cluster.privateHostname, [standby.privateAddress]);
    await waitUntil("the primary is not seen", async () => site.seen()[0]!.role === "replica");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await site.names.set(cluster.privateHostname, [now.privateAddress]);
    const before = comes.attempts().length;
    await waitUntil("writes again", async () =>
      comes
        .attempts()
        .slice(before + 1)
        .some(({ error }) => error === null),
    );
    const attempts = await comes.end();
    expect(
      attempts.filter(({ server }) => server === standby.privateAddress && server !== null).length,
    ).toBeLessThanOrEqual(0);
    note("name at a standby for 2 s and more: longest pause of new sessions", gap(attempts));
  });

  // Behind the port for reading are four poolers; each of those that led to a lost replica may have a session there.
  test("a replica without power is left out, and comes back; of those who read, only its sessions notice", async () => {
    const stays = await site.startVisitor("reads-stay", "read", look, true);
    const comes = await site.startVisitor("reads-come", "read", look, false);
    const lost = (await site.databases.status()).find(({ privateAddress }) => privateAddress === addressOf(1))!;
    await site.databases.findServer(lost.node).powerOff();
    const began = Date.now();
    await waitUntil(
      "it is left out",
      async () => !site.seen().some(({ address, isUsed }) => address === addressOf(1) && isUsed),
    );
    note("replica without power until it is left out", (Date.now() - began) / 1000);
    expect(await site.readers()).toEqual(new Set([addressOf(2)]));
    for (const visitor of [stays, comes]) expect(failed(await next(visitor))).toEqual([]);
    await site.databases.findServer(lost.node).powerOn();
    await waitUntil("it is back", async () => (await site.readers()).size === 2, 30);
    for (const attempts of [await stays.end(), await comes.end()]) {
      note(`replica without power: longest pause of a reader (${attempts.length})`, gap(attempts));
      expect(failed(attempts).length).toBeLessThanOrEqual(2);
    }
  });

  test("all replicas lost: the primary is read from", async () => {
    const comes = await site.startVisitor("all-lost", "read", look, false);
    const replicas = (await site.databases.status()).filter(({ role }) => role === "replica");
    for (const { node } of replicas) await site.databases.findServer(node).powerOff();
    const { privateAddress } = await site.primary();
    await waitUntil("the primary is read from", async () => [...(await site.readers())].join() === privateAddress);
    expect(failed(await next(comes))).toEqual([]);
    const attempts = await comes.end();
    note("all replicas lost: longest pause of new sessions", gap(attempts));
    expect(failed(attempts).length).toBeLessThanOrEqual(4);
    for (const { node } of replicas) await site.databases.findServer(node).powerOn();
    await site.everyStandbyStreams();
    await waitUntil("both replicas are read from", async () => (await site.readers()).size === 2, 30);
  });

  test("a replica that lags is left out, and its lag is told", async () => {
    const writes = await site.startVisitor("for-lag", "write", insert, false);
    const lagging = (await site.databases.status()).find(({ privateAddress }) => privateAddress === addressOf(2))!;
    await site.databases.findServer(lagging.node).delayReplay(30);
    await waitUntil(
      "it is left out",
      async () => !site.seen().some(({ address, isUsed }) => address === addressOf(2) && isUsed),
      30,
    );
    const { lagSeconds } = site.seen().find(({ address }) => address === addressOf(2))!;
    expect(lagSeconds).toBeGreaterThan(3);
    expect(await site.readers()).toEqual(new Set([addressOf(1)]));
    expect(readFileSync(site.node.path("/srv/metrics/follow-database.prom"), "utf8")).toMatch(
      /follow_database_replay_lag_seconds\{server="private-read-2.db.example.com",role="replica"\} [1-9]/,
    );
    await site.databases.findServer(lagging.node).delayReplay(0);
    await waitUntil("it is back", async () => (await site.readers()).size === 2, 30);
    await writes.end();
  });

  test("a replica that is added is read from without a deployment, and one that is removed is not any more", async () => {
    await site.databases.createReplica(replica(3));
    await site.list([1, 2, 3]);
    await waitUntil("the third is read from", async () => (await site.readers()).has(addressOf(3)), 30);
    await site.list([1, 2]);
    await site.databases.destroyReplica(replica(3).id);
    await waitUntil("the third is not read from", async () => !(await site.readers()).has(addressOf(3)), 30);
  });

  test("nothing changes for visitors while the API does not answer, the agent stands still, or is killed", async () => {
    const reads = await site.startVisitor("agent-reads", "read", look, false);
    const writes = await site.startVisitor("agent-writes", "write", insert, true);
    await site.list([1, 2], "fails");
    await waitUntil("it is said", async () => site.log().includes("the list of servers stays: HTTPError"));
    await site.stopAgent("STOP");
    expect((await site.readers()).size).toBe(2);
    await site.stopAgent("CONT");
    await site.stopAgent();
    expect((await site.readers()).size).toBe(2);
    await site.startAgent();
    await waitUntil("it has asked again", async () => /primary at[^]*primary at/.test(site.log()));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect((await site.readers()).size).toBe(2);
    for (const attempts of [await reads.end(), await writes.end()]) expect(failed(attempts)).toEqual([]);
    await site.list([1, 2]);
    // It would ask the API again some time later.
    await site.stopAgent();
    await site.startAgent();
  });

  test("fails to reach a server that shows a certificate for another name", async () => {
    const other = "read-9.db.example.com";
    await site.names.set(`private-${other}`, [addressOf(1)]);
    await site.list([1, 2, 9]);
    const refused = new RegExp(`private-${other}: lost at ${addressOf(1)} .*does not match host name`);
    await waitUntil("it is refused", async () => refused.test(site.log()), 60);
    const seen = () => site.seen().find(({ name }) => name === `private-${other}`);
    await waitUntil("it is told", async () => seen() !== undefined);
    expect(seen()).toMatchObject({ role: null, isUsed: false });
    expect(await site.readers()).toEqual(new Set([addressOf(1), addressOf(2)]));
    expect(await site.refusalOfPooler(`private-${other}`)).toContain(
      `name \`private-${other}' not present in server certificate`,
    );
    await site.list([1, 2]);
  });
});
