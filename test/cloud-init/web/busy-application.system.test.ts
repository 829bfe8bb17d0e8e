import { readFileSync } from "node:fs";
import { join } from "node:path";
import { webFiles } from "../../../cloud-init/web/user-data";
import { startAppNode } from "../app-node";
import { writeDiscoveredNodes } from "../discovered-nodes";
import { exampleWeb } from "../example-hosts";
import { describeWithImage } from "../host-image";
import { ImageSandbox, type SandboxProcess, waitUntil } from "../image-sandbox";

const addresses = { 31: "10.10.0.31", 32: "10.10.0.32" };

/** Public case: an application with one worker is asked for something slow, and taken for dead. */
describeWithImage("single-threaded applications behind a web node", () => {
  let sandbox: ImageSandbox;
  const apps: Record<string, SandboxProcess> = {};

  beforeAll(async () => {
    sandbox = await ImageSandbox.start("web-1");
    const text = readFileSync(join(__dirname, "single-threaded-app.py"), "utf8");
    await sandbox.write([...webFiles(exampleWeb), { path: "/srv/app.py", content: text }]);
    await writeDiscoveredNodes(sandbox, { APP_TAG: addresses });
    for (const [id, address] of Object.entries(addresses))
      apps[id] = await startAppNode(sandbox, address, ["python3", "/srv/app.py", id, address]);
    sandbox.spawn(["nginx", "-g", "daemon off;"]);
    sandbox.spawn(["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/discovered"]);
    await everyNode(["31", "32"]);
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  /** Status and body of the answer to a visitor. */
  async function get(path: string, seconds = 60): Promise<string> {
    const headers = ["--header", "Host: www.example.com", "--header", "X-Forwarded-Proto: https"];
    const options = ["--silent", "--max-time", `${seconds}`, "--write-out", "%{http_code}", ...headers];
    return sandbox.run(["curl", ...options, `http://10.10.0.5${path}`]).catch((error: Error) => error.message);
  }
  const times = async (count: number) => {
    const answers: string[] = [];
    for (let turn = 0; turn < count; turn++) answers.push(await get("/", 10));
    return answers;
  };
  async function everyNode(expected: readonly string[]): Promise<void> {
    await waitUntil(`${expected.join(" and ")} serve`, async () => {
      const answers = new Set(await times(6));
      return answers.size === expected.length && expected.every((id) => answers.has(`${id}\n200`));
    });
  }

  test("serves every request in its turn while both are busy for longer than any check", async () => {
    const slow = [get("/sleep/8"), get("/sleep/8")];
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const others = Array.from({ length: 20 }, () => get("/"));
    expect((await Promise.all([...slow, ...others])).filter((answer) => !answer.endsWith("\n200"))).toEqual([]);
    expect(new Set(await Promise.all(slow)).size).toBe(2);
  });

  test("spares the one that is busy while the other is not", async () => {
    const slow = get("/until/asked");
    let others = new Set<string>();
    await waitUntil("the busy one is spared", async () => {
      others = new Set(await times(10));
      return others.size === 1 && [...others].every((answer) => /^3[12]\n200$/.test(answer));
    });
    await sandbox.write([{ path: "/srv/asked", content: "" }]);
    const answer = await slow;
    expect(answer).toMatch(/^3[12]\n200$/);
    expect([...others]).not.toContain(answer);
    await everyNode(["31", "32"]);
  });

  test("sends nothing to one that has ended, and takes it in when it is back", async () => {
    await apps["31"]!.stop();
    await everyNode(["32"]);
    apps["31"] = sandbox.spawn(["python3", "/srv/app.py", "31", addresses[31]]);
    await everyNode(["31", "32"]);
  });
});
