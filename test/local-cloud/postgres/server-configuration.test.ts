import { renderConnectionString, renderServerConfiguration } from "../../../local-cloud/postgres/server-configuration";

describe("configuration of one server", () => {
  test("a primary follows nobody", () => {
    expect(renderServerConfiguration({ name: "db1-1", port: 25101, source: undefined })).toBe(
      "include '/srv/configuration/postgresql.conf'\ncluster_name = 'db1-1'\nport = 25101\n",
    );
  });

  test("a standby names itself to the server that it follows", () => {
    const source = { host: "/srv/socket", port: "25101", user: "postgres" };
    expect(renderServerConfiguration({ name: "db1-2", port: 25102, source })).toContain(
      "primary_conninfo = 'host=''/srv/socket'' port=''25101'' user=''postgres'' application_name=''db1-2'''\n",
    );
  });

  test("values of a connection string cannot become settings of their own", () => {
    expect(renderConnectionString({ host: "a' port='1", user: "b\\" })).toBe("host='a\\' port=\\'1' user='b\\\\'");
  });
});
