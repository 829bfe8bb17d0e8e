import { renderConnectionString, renderServerConfiguration } from "../../../local-cloud/postgres/server-configuration";

const server = {
  port: 25060,
  connections: { max: 50, reserved: 3 },
  source: undefined,
  replayDelaySeconds: 0,
  awaitedStandbys: [],
};

describe("configuration of one server", () => {
  test("a primary follows nobody", () => {
    expect(renderServerConfiguration({ ...server, name: "db1-1" })).toBe(
      "include '/srv/configuration/postgresql.conf'\ncluster_name = 'db1-1'\nport = 25060\n" +
        "max_connections = 50\nsuperuser_reserved_connections = 3\nrecovery_min_apply_delay = 0s\n",
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

  test("values of a connection string cannot become settings of their own", () => {
    expect(renderConnectionString({ host: "a' port='1", user: "b\\" })).toBe("host='a\\' port=\\'1' user='b\\\\'");
  });
});
