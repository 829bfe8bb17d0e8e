import { exchange } from "../../../provider-bridge/plugin/http-exchange";
import { ScriptedApi, type Answer } from "../scripted-api";

const retry = { attempts: 3, statuses: [429], pauseSeconds: () => 0.01 };

describe("an exchange over HTTP", () => {
  let api: ScriptedApi;
  let answers: (Answer | "drop")[] = [];

  beforeEach(async () => {
    api = await ScriptedApi.start(() => answers.shift());
  });

  afterEach(() => api[Symbol.asyncDispose]());

  const post = () => exchange({ method: "POST", url: `${api.url}/v2/tags`, headers: {}, body: { name: "web" } }, retry);

  test("returns the first answer that is final", async () => {
    answers = [{ status: 422, body: "no" }];
    expect(await post()).toMatchObject({ status: 422, text: "no", attempts: 1 });
  });

  test("repeats a request after a server error, a rate limit and a dropped connection", async () => {
    for (const first of [{ status: 500 }, { status: 429 }, "drop" as const]) {
      answers = [first, { status: 201, body: "ok" }];
      expect(await post()).toMatchObject({ status: 201, attempts: 2 });
    }
  });

  test("returns the last answer when none is final", async () => {
    answers = [{ status: 500 }, { status: 502 }, { status: 503, body: "busy" }];
    expect(await post()).toMatchObject({ status: 503, text: "busy", attempts: 3 });
  });

  test("waits as long as the answer says", async () => {
    answers = [{ status: 429, headers: { "retry-after": "1" } }, { status: 200 }];
    const startedAt = Date.now();
    await post();
    expect(Date.now() - startedAt).toBeGreaterThan(900);
  });

  test("fails when there is never an answer, naming request and tries but no secret", async () => {
    answers = ["drop", "drop", "drop"];
    const request = { method: "GET", url: `${api.url}/v2/x`, headers: { authorization: "Bearer secret" } };
    const error = await exchange(request, retry).catch((reason: Error) => reason.message);
    expect(error).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/v2\/x: no answer: .*; giving up after 3 attempt\(s\)$/);
    expect(error).not.toContain("secret");
  });
});
