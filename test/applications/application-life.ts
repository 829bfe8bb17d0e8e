import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalCloud } from "../../local-cloud/client/local-cloud";
import { type Finished, LocalCloudProcess } from "../../local-cloud/client/local-cloud-process";
import { renderTable } from "../../programs/table";
import { findServing } from "../../rehearsal/roll-out/serving-node";
import { type ImageRecipe, provideApplicationImage } from "./images/application-image";
import { Browser, type Page } from "./browser";
import { RowHolder } from "./row-holder";
import { describeVisits, type Habit, Load, type Visit } from "./load";

/** An application that nobody of this project wrote, and what its visitors do. */
export interface Application {
  /** Of its stack, `examples/applications/NAME.ts`. */
  readonly name: string;
  readonly hostname: string;
  /** Name of its image without the tag. */
  readonly image: string;
  readonly recipe: ImageRecipe;
  /** The one that is deployed first, and the next one. */
  readonly versions: readonly [string, string];
  /** Values of the Terraform variables that the stack takes. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Logs a visitor in by the form that the application has for it. */
  readonly logIn: (visitor: Browser) => Promise<void>;
  /** Writes something of this name; rejects when the application does not say that it has. */
  readonly write: (visitor: Browser, title: string) => Promise<void>;
  /** Changes what was written first, without giving it another title; takes as long as somebody holds its row. */
  readonly change: (visitor: Browser) => Promise<void>;
  /** SQL that selects this row. */
  readonly row: string;
  /** A page that shows what was written with this title; rejects when it is not there. */
  readonly look: (visitor: Browser, title: string) => Promise<Page>;
  /** The titles of all that was written. */
  readonly list: (visitor: Browser) => Promise<readonly string[]>;
  readonly version: (visitor: Browser) => Promise<string>;
  /** Uploads a file of some megabytes. @default the application takes none, or keeps them on its node only */
  readonly upload?: (visitor: Browser) => Promise<void>;
  /** Rejects unless what was uploaded is there, byte for byte. */
  readonly checkUpload?: (visitor: Browser) => Promise<void>;
}

const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;
/** How long a transaction holds the row that visitors change: as long as their requests take. */
const HOLD_SECONDS = 20;
const CHANGERS = 4;
const titleOf = (index: number) => `title-${String(index).padStart(5, "0")}`;
const FIRST_TITLE = titleOf(1);
/** docs/http.md: a node without power is noticed within this time. */
const NOTICED_WITHIN_MS = 3000;

/** The whole life of an application on the local cloud: from the first deployment to a lost node. */
export function describeLife(application: Application): void {
  const { name, versions, secrets, logIn, write, change, look, list, upload, checkUpload } = application;

  describeAsRoot(`${name} on the local cloud${isRoot ? "" : " (skipped: needs root)"}`, () => {
    const state = `/var/tmp/local-cloud-${name}-${process.pid}`;
    const port = 24_000 + (process.pid % 8_000);
    const command = new LocalCloudProcess(state);
    const phases: string[][] = [];
    let hasFailed = false;
    let hasUploaded = false;
    const answered = new Set<string>();
    let titles = 0;
    let site: ConstructorParameters<typeof Browser>[0];
    let visitor: Browser;

    /** A test that the table at the end has a line for; it returns what the line says besides the time. */
    const phase = (sentence: string, work: () => Promise<string>) =>
      test(sentence, async () => {
        // What comes after a failure would fail too, and take long.
        if (hasFailed) throw new Error("not tried: something before it failed");
        hasFailed = true;
        const began = Date.now();
        const note = await work();
        phases.push([sentence, `${((Date.now() - began) / 1000).toFixed(1)} s`, note]);
        hasFailed = false;
      });

    const deploy = async (version: string): Promise<Finished> => {
      const variables = Object.entries(secrets).map(([variable, value]) => [`TF_VAR_${variable}`, value]);
      const environment = { ...(Object.fromEntries(variables) as Record<string, string>), VERSION: version };
      const app = `node --import tsx examples/applications/${name}.ts`;
      const deployed = await command.runWith(environment, "up", "--port", String(port), "--app", app);
      if (deployed.code !== 0) throw new Error(`the deployment failed:\n${deployed.stderr}\n${await nodeLogs()}`);
      return deployed;
    };
    const nodeLogs = async () =>
      (await Promise.all(["app-1", "app-2"].map((node) => command.run("logs", node, "--unit", "app", "--lines", "40"))))
        .map(({ stdout }) => stdout)
        .join("\n");
    /** What the nodes that there are now have printed about the release command. */
    const releases = async () => {
      const logs = ["app-1", "app-2"].map((node) => command.succeed("logs", node, "--unit", "release"));
      const text = (await Promise.all(logs)).map(({ stdout }) => stdout).join("\n");
      const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
      return { run: count(/running the release command/g), skipped: count(/: nothing to do/g) };
    };

    const writeOne = async () => {
      const title = titleOf(++titles);
      await write(visitor, title);
      answered.add(title);
    };
    const readOne = () => look(visitor, FIRST_TITLE);
    const habits: readonly Habit[] = [
      { name: "read", ask: readOne, rate: { perSecond: 6 } },
      { name: "write", ask: writeOne, rate: { perSecond: 1 } },
      { name: "long change", ask: () => change(visitor), rate: { visitors: CHANGERS } },
    ];

    /** Every write that was answered is there, once; and what was uploaded. */
    const expectEverything = async () => {
      const found = await list(visitor);
      expect([...answered].filter((title) => found.filter((one) => one === title).length !== 1)).toEqual([]);
      if (hasUploaded) await checkUpload!(visitor);
    };

    afterAll(async () => {
      process.stderr.write(`\n${renderTable([name, "time", ""], phases)}\n\n`);
      await command.run("down");
    });

    phase("its images can be built and pulled", async () => {
      for (const version of versions) {
        const layout = await provideApplicationImage(application.recipe, version);
        await command.succeed("push-image", `${application.image}:${version}`, layout);
      }
      return versions.join(", ");
    });

    phase("it becomes ready at the first deployment, and its release command runs once", async () => {
      await deploy(versions[0]);
      const cloud = (await LocalCloud.tryFind(state))!;
      site = { hostname: application.hostname, port, authority: readFileSync(cloud.directory.webAuthority, "utf8") };
      visitor = new Browser(site);
      expect(await releases()).toEqual({ run: 1, skipped: 1 });
      return versions[0];
    });

    phase("a visitor logs in, writes, and reads it back from every node, 12 at a time", async () => {
      await logIn(visitor);
      expect(await application.version(visitor)).toBe(versions[0]);
      await writeOne();
      await expectEverything();
      const pages = await inParallel(12, 60, readOne);
      const webNodes = new Set(pages.map(({ headers }) => headers["x-web-node"]));
      expect([...webNodes].sort()).toHaveLength(2);
      await inParallel(12, 24, writeOne);
      await expectEverything();
      return "60 reads, 25 writes, 0 failed";
    });

    if (upload)
      phase("a visitor uploads a file of some megabytes", async () => {
        await upload(visitor);
        hasUploaded = true;
        await inParallel(4, 4, () => checkUpload!(visitor));
        return "read back 4 times";
      });

    phase("the next version rolls out under load without a failed request", async () => {
      const { summary, failures } = await underLoad(() => deploy(versions[1]));
      expect(failures).toEqual([]);
      expect(await application.version(visitor)).toBe(versions[1]);
      expect(await releases()).toEqual({ run: 1, skipped: 1 });
      await expectEverything();
      return summary;
    });

    phase("it is rolled back under load without a failed request, and nothing is released again", async () => {
      const { summary, failures } = await underLoad(() => deploy(versions[0]));
      expect(failures).toEqual([]);
      expect(await application.version(visitor)).toBe(versions[0]);
      expect(await releases()).toEqual({ run: 0, skipped: 2 });
      await expectEverything();
      return summary;
    });

    phase("when an app node loses power, only what it had to write is lost", async () => {
      const cloud = (await LocalCloud.tryFind(state))!;
      const lost = await findServing(cloud, "app-1");
      let cut = 0;
      const { load, summary } = await underLoad(async () => {
        await sleep(HOLD_SECONDS * 500);
        cut = Date.now();
        await cloud.control.power(lost.id, "power-off");
        await sleep(15_000);
      });
      const isExcused = ({ habit, began }: Visit) => habit !== "read" && began < cut + NOTICED_WITHIN_MS;
      const failed = load.failed();
      expect(describeVisits(failed.filter((visit) => !isExcused(visit)))).toEqual([]);
      // Each node has half of the long ones, and gets one short one in two seconds.
      expect(failed.length).toBeLessThanOrEqual(CHANGERS + NOTICED_WITHIN_MS / 1000);
      await expectEverything();
      return summary;
    });

    async function underLoad(work: () => Promise<unknown>) {
      const holder = new RowHolder(state, application.row, HOLD_SECONDS);
      const load = new Load(habits);
      try {
        await sleep(2000);
        await work();
        await sleep(2000);
      } finally {
        // Whatever became of the row: visitors that nobody stops would keep the test alive.
        await holder[Symbol.asyncDispose]().finally(() => load[Symbol.asyncDispose]());
      }
      return { load, failures: describeVisits(load.failed()), summary: load.summary() };
    }
  });
}

/** Does it `count` times, never more than `atATime` at once. */
async function inParallel<T>(atATime: number, count: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let begun = 0;
  const worker = async () => {
    while (begun++ < count) results.push(await work());
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}
