import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Faults } from "../../../local-cloud/api/faults";
import { startCloudflare } from "./cloudflare-under-test";
import { startDigitalOcean } from "./digital-ocean-under-test";
import { settle } from "./fake-clock";
import { RecordedAccount, recordedCatalogue } from "./recorded-account";
import { readTranscript, Replay, type Exchange } from "./replay";
import { scenarios, type Scenario, type Stage } from "./replay-scenarios";

const names = readdirSync(join(__dirname, "fixtures", "provider-transcripts"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(/\.json$/, ""));

describe("requests that the real providers sent are answered as they were then", () => {
  test.each(names)("%s", async (name) => {
    const scenario = scenarios[name] ?? {};
    const exchanges = readTranscript(name);
    const cloud = await start(exchanges, scenario);
    try {
      const replay = new Replay(cloud);
      const stage = { ...cloud, replay, account: new RecordedAccount(cloud, replay) };
      await scenario.prepare?.(stage);
      expect(await replayAll(exchanges, scenario, stage, cloud.api.faults)).toEqual([]);
    } finally {
      await cloud.api.close();
    }
  });
});

test("all 695 recorded requests are replayed, and those whose answer was a mock's whim are counted", () => {
  const count = (pick: (scenario: Scenario) => number): number =>
    names.reduce((sum, name) => sum + pick(scenarios[name] ?? {}), 0);
  expect({
    recordings: names.length,
    requests: names.reduce((sum, name) => sum + readTranscript(name).length, 0),
    answeredByFaultSwitch: count(({ injected }) => injected?.numbers.length ?? 0),
    withOddFields: count(({ odd }) => Object.keys(odd ?? {}).length),
  }).toEqual({ recordings: 41, requests: 695, answeredByFaultSwitch: 80, withOddFields: 22 });
  expect(Object.keys(scenarios).filter((name) => !names.includes(name))).toEqual([]);
});

async function start(exchanges: readonly Exchange[], { options }: Scenario) {
  const isCloudflare = exchanges.some(({ path }) => path.startsWith("/client/v4/"));
  return isCloudflare
    ? startCloudflare(options)
    : startDigitalOcean({ catalogue: recordedCatalogue, confirmedEmails: ["ops@example.com"], ...options });
}

async function replayAll(
  exchanges: readonly Exchange[],
  scenario: Scenario,
  stage: Stage & Awaited<ReturnType<typeof start>>,
  faults: Faults,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [number, exchange] of exchanges.entries()) {
    await scenario.before?.[number]?.(stage);
    faults.set(scenario.injected?.numbers.includes(number) ? [faultLike(exchange)] : []);
    const client = scenario.unprivileged?.includes(number) ? stage.as("unprivileged") : undefined;
    const differences = await stage.replay.send(exchange, client);
    const odd = scenario.odd?.[number]?.fields;
    const unexplained = differences.filter((difference) => !odd?.test(difference));
    problems.push(
      ...unexplained.map((text) => `${number} ${exchange.step} ${exchange.method} ${exchange.path} ${text}`),
    );
    await settle();
  }
  return problems;
}

function faultLike({ status, response_body: body }: Exchange) {
  if (status === "drop") return { behaviour: { kind: "drop" } as const };
  return { behaviour: { kind: "respond", status, body: body ?? undefined } as const };
}
