import path from "node:path";
import { LocalCloud } from "../../../local-cloud/client/local-cloud";
import { LocalCloudProcess } from "../../../local-cloud/client/local-cloud-process";
import { cacheDirectory } from "../../../local-cloud/control/directories";
import { tryFindImages } from "../../../local-cloud/images/images";
import { tryRunProgram } from "../../../programs/run-program";
import { tsxCommand } from "../../../programs/tsx-command";
import { Ledger } from "../../../rehearsal/ledger/ledger";
import type { DrillReport } from "../../../tools/drill/drill";

jest.setTimeout(10 * 60_000);

const PROJECT = path.resolve(__dirname, "../../..");
const STATE = `/var/tmp/local-cloud-drill-${process.pid}`;
const PORT = 20_000 + ((process.pid + 7000) % 10_000);
const DATABASE_ALONE = `${process.execPath} --import tsx examples/end-to-end/database.ts`;
const LEDGER = "defaultdb.public.ledger";

const missing =
  process.getuid?.() !== 0
    ? "needs root"
    : tryFindImages(cacheDirectory()) === undefined
      ? "needs the images"
      : undefined;
const describeWithImages = missing === undefined ? describe : describe.skip;

describeWithImages(`the drill${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const operator = new LocalCloudProcess(STATE);
  let cloud: LocalCloud;
  let runs = 0;

  beforeAll(async () => {
    await operator.succeed("up", "--port", String(PORT), "--app", DATABASE_ALONE);
    cloud = (await LocalCloud.tryFind(STATE))!;
  });

  afterAll(async () => operator.run("down"));

  test("restores every table as it is now, and takes the second cluster away", async () => {
    const rows = await writeEntries(300);
    const { status, stdout, stderr } = await drill("--json");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain("about 0.045 USD an hour");
    const report = JSON.parse(stdout) as DrillReport;
    const sum = expect.objectContaining({ rows });
    expect(report.tables).toContainEqual({ table: LEDGER, original: sum, restored: sum, verdict: "same" });
    expect(report.tables.map(({ verdict }) => verdict)).not.toContain("different");
    expect(await clusters()).toEqual(["ledger-postgres", "ledger-postgres-replica-1"]);
  });

  test("restores the state of an earlier moment, before the table was emptied", async () => {
    const before = await writeEntries(200);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const after = await writeEntries(100);
    const { status, stdout } = await drill("--json", "--at", at);
    expect(status).toBe(0);
    const { recoveryPoint, judged, tables } = JSON.parse(stdout) as DrillReport;
    expect({ recoveryPoint, judged }).toEqual({ recoveryPoint: at, judged: false });
    const ledger = tables.find(({ table }) => table === LEDGER);
    expect([ledger?.restored?.rows, ledger?.original?.rows]).toEqual([before, after]);
  });

  test("goes on while the database is written to", async () => {
    await using ledger = await startLedger();
    const { status, stdout } = await drill("--json");
    await ledger.stop();
    expect(status).toBe(0);
    const { tables } = JSON.parse(stdout) as DrillReport;
    expect(tables.find(({ table }) => table === LEDGER)?.verdict).toBe("changed");
  });

  test("fails for a cluster that is not there, before anything is made", async () => {
    const { status, stderr } = await drill("other");
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'cluster: must be one of ledger-postgres, got "other"\n' });
  });

  function drill(...args: string[]) {
    const program = tsxCommand(path.join(PROJECT, "rehearsal/drill/main.ts"));
    const environment = { ...process.env, LOCAL_CLOUD_STATE: STATE };
    return tryRunProgram([...program, ...args], { environment, timeoutSeconds: 300 });
  }

  async function clusters(): Promise<string[]> {
    const { databases } = await cloud.control.status();
    return [...new Set(databases.map(({ cluster }) => cluster))].sort();
  }

  function startLedger(): Promise<Ledger> {
    const historyFile = path.join(STATE, `history-${++runs}.jsonl`);
    const options = { name: "drill", clients: 2, writesPerSecond: 100, limitMs: 3000, historyFile };
    return Ledger.start(cloud, { target: "ledger-postgres", ...options });
  }

  /** Into a table that is emptied before; resolves to how many there are. */
  async function writeEntries(count: number): Promise<number> {
    await using ledger = await startLedger();
    await ledger.until("entries", 60, () => ledger.writes >= count);
    await ledger.stop();
    return (await ledger.readContent()).length;
  }
});
