import { renderConnectionString, renderServerConfiguration } from "../../../local-cloud/postgres/server-configuration";

const server = {
  port: 25060,
  connections: { max: 50, reserved: 3 },
  source: undefined,
  replayDelaySeconds: 0,
  awaitedStandbys: [],
  readOnly: false,
  archives: false,
};

describe("configuration of one server", () => {
  test("a primary follows nobody", () => {
    expect(renderServerConfiguration({ ...server, name: "db1-1" })).toBe(
      "include '/srv/configuration/postgresql.conf'\ncluster_name = 'db1-1'\nport = 25060\n" +
        "max_connections = 50\nsuperuser_reserved_connections = 3\nrecovery_min_apply_delay = 0s\n" +
        "archive_command = '/bin/true'\n",
    );
  });

  test("a standby names itself to the server that it follows", () => {
    const source = { host: "/srv/socket", port: "25101", user: "postgres" };
    expect(renderServerConfiguration({ ...server, name: "db1-2", source })).toContain(
      "primary_conninfo = 'host=''/srv/socket'' port=''25101'' user=''postgres'' application_name=''db1-2'''\n",
    );
  });

  test("a primary that waits for standbys names them, and any one is enough", () => {
    expect(renderServerConfiguration({ ...server, name: "db1-1", awaitedStandbys: ["db1-2", "db1-3"] })).toContain(
      'synchronous_standby_names = \'ANY 1 ("db1-2", "db1-3")\'\n',
    );
  });

  test("a restored server reads WAL up to the target and becomes a primary there", () => {
    const restored = (recoveryTarget: "backup" | number | "end") =>
      renderServerConfiguration({ ...server, name: "db1-1", recoveryTarget })
        .split("\n")
        .filter((line) => line.startsWith("recovery_target"));
    const promote = "recovery_target_action = 'promote'";
    expect(restored("backup")).toEqual([promote, "recovery_target = 'immediate'"]);
    expect(restored(Date.UTC(2026, 0, 31, 19, 25, 22, 500))).toEqual([
      promote,
      "recovery_target_time = '2026-01-31T19:25:22.500+00'",
    ]);
    expect(restored("end")).toEqual([promote]);
  });

  test("values of a connection string cannot become settings of their own", () => {
    expect(renderConnectionString({ host: "a' port='1", user: "b\\" })).toBe("host='a\\' port=\\'1' user='b\\\\'");
  });
});
