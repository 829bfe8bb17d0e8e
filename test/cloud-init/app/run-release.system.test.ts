import { appFiles } from "../../../cloud-init/app/user-data";
import { exampleApp } from "../example-hosts";
import { describeWithImage } from "../host-image";
import { ImageSandbox, waitUntil } from "../image-sandbox";
import { PostgresPair } from "./postgres-pair";

const url = "postgresql://app@127.0.0.1:5001/site";
const runs = "/srv/runs";
/** In the place of the container: takes its time, says that it ran, and fails if it has to. */
const container = `#!/bin/sh
[ "$*" = release ] || exit 99
echo "begun by $NODE" >>/srv/begun
sleep "\${SECONDS_IT_TAKES:-1}"
[ ! -e /srv/fails ] || { echo "relation does not exist"; exit 3; }
echo "$NODE" >>${runs}
`;

/** Several app nodes of one version: they share a file system here, and have a state of their own. */
describeWithImage("run-release", () => {
  let sandbox: ImageSandbox;
  let postgres: PostgresPair;

  beforeAll(async () => {
    sandbox = await ImageSandbox.start("app-1");
    postgres = await PostgresPair.start(sandbox);
    await deploy("1");
    await sandbox.write([{ path: "/srv/run-container", content: container, permissions: "0755" }]);
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  /** What nodes of another version have. */
  const deploy = (tag: string) =>
    sandbox.write(
      appFiles({
        ...exampleApp,
        application: { kind: "container", image: `ghcr.io/example/shop:${tag}`, releaseCommand: ["migrate"] },
      }),
    );
  const environment = (node: string, seconds = "1") => ({
    DATABASE_DIRECT_URL: url,
    RUN_CONTAINER: "/srv/run-container",
    STATE_DIRECTORY: `/srv/state-${node}`,
    SECONDS_IT_TAKES: seconds,
    LIMIT_SECONDS: "3",
    NODE: node,
  });
  const program = "python3 /usr/local/sbin/run-release 2>&1";
  const release = (node: string) => sandbox.run(["sh", "-c", program], environment(node));
  const lines = async (path: string) =>
    (await sandbox.run(["sh", "-c", `cat ${path} || true`])).split("\n").slice(0, -1);
  const released = () => postgres.sql("site", "select count(*) from infrastructure.releases");

  test("says what is missing when the application's user may not create a schema", async () => {
    await expect(release("a")).rejects.toThrow(/may not write down that this version is released: permission denied/);
    await postgres.sql("postgres", "grant connect, create on database site to app");
    expect(await lines(runs)).toEqual([]);
  });

  test("a command that fails is not written down, and its output is said", async () => {
    await sandbox.write([{ path: "/srv/fails", content: "" }]);
    await expect(release("a")).rejects.toThrow(/relation does not exist\n[^]*the release command ended with status 3/);
    await sandbox.run(["rm", "/srv/fails"]);
    expect(await released()).toBe("0\n");
  });

  test("a node that dies in the middle passes its turn on", async () => {
    const dying = sandbox.spawn(["sh", "-c", `exec ${program}`], environment("dying", "60"));
    await waitUntil("it has begun", async () => (await lines("/srv/begun")).includes("begun by dying"));
    const next = release("b");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await lines("/srv/begun")).not.toContain("begun by b");
    await dying.signal("KILL");
    await next;
    expect(await lines(runs)).toEqual(["b"]);
  });

  test("the other nodes of a version, at once and later, do not run it again", async () => {
    await deploy("2");
    await Promise.all(["c", "d", "e"].map(release));
    expect(await lines(runs)).toHaveLength(2);
    expect(await release("f")).toMatch(/released by app-1 at \d{4}-.*: nothing to do/);
    expect(await released()).toBe("2\n");
  });

  test("a node that boots again asks no database", async () => {
    await postgres.kill("primary");
    expect(await release("c")).toMatch(/before this boot/);
    await expect(release("g")).rejects.toThrow(/gave up after 3 s/);
  });
});
