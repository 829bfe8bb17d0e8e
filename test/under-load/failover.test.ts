import { LocalCloud } from "../../local-cloud/cli/local-cloud";
import { StateDirectory } from "../../local-cloud/directories";
import { faults, impossibleFaults } from "../../local-cloud/faults/catalogue";
import { problemsOf } from "../../local-cloud/faults/outcome";
import { runTrial } from "../../local-cloud/faults/trial";
import { Visitors } from "../../local-cloud/faults/visitors";
import { LocalCloudProcess } from "../end-to-end/local-cloud-process";

jest.setTimeout(5 * 60_000);

/** Budgets are for a machine of its own; a CI machine has two cores, and not always both. Moves are never excused. */
const SLACK = 2;
const STATE = `/var/tmp/local-cloud-failover-${process.pid}`;
const PORT = 20_000 + ((process.pid + 5000) % 10_000);
const isRoot = process.getuid?.() === 0;
const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot(`the pair of load balancers under faults${isRoot ? "" : " (skipped: needs root)"}`, () => {
  const operator = new LocalCloudProcess(STATE);
  let cloud: LocalCloud;
  let visitors: Visitors;

  beforeAll(async () => {
    await operator.succeed("up", "--port", String(PORT));
    cloud = (await LocalCloud.tryFind(new StateDirectory(STATE)))!;
    // Who waits for longer than a second has an outage, which is a time; who gets no answer at all has a failure.
    visitors = await Visitors.start(cloud, { limitMs: 3000 });
  });

  afterAll(async () => {
    await visitors?.[Symbol.asyncDispose]();
    await operator.run("down");
  });

  test.each(faults.map((fault) => [fault.name, fault] as const))(
    "%s is survived within its bounds",
    async (_, fault) => {
      const outcome = await runTrial(cloud, visitors, fault);
      expect({ outcome, problems: problemsOf(outcome, fault, SLACK) }).toEqual({ outcome, problems: [] });
    },
  );

  for (const { name, reason } of impossibleFaults) test.skip(`${name} (skipped: ${reason})`, () => undefined);
});
