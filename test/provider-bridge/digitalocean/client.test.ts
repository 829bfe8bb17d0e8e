import { DigitalOceanClient } from "../../../provider-bridge/digitalocean/client";
import { digitalocean } from "../../../provider-bridge/digitalocean/provider";
import { loadExchanges, phasesOf, RecordedApi } from "../recorded-api";
import { ScriptedApi, type Answer } from "../scripted-api";

const options = { token: "t", retries: 0, shortestPauseSeconds: 0, longestPauseSeconds: 0 };

test("lists are read page by page, as recorded", async () => {
  await using api = await RecordedApi.start();
  api.enter(phasesOf(loadExchanges("edge_pagination_200"))[0]!);
  const client = new DigitalOceanClient({ ...options, endpoint: api.environment.DIGITALOCEAN_API_URL! });
  const sizes = await client.list<{ slug: string }>("/v2/sizes", "sizes");
  expect(sizes.map(({ slug }) => slug)).toContain("x-196");
  expect(api.surprises).toEqual([]);
});

describe("the text of an error", () => {
  const texts: readonly [string, Answer, string][] = [
    [
      "has the request id of the body",
      { status: 422, body: { message: "no", request_id: "r" } },
      '422 (request "r") no',
    ],
    [
      "has the request id of the header",
      { status: 422, body: { message: "no" }, headers: { "x-request-id": "h" } },
      '422 (request "h") no',
    ],
    ["has none when there is none", { status: 403, body: { message: "no" } }, "403 no"],
    ["is what came when that is no JSON", { status: 400, body: "<html>" }, "400 <html>"],
    ["is empty when nothing came", { status: 404 }, "404 "],
  ];

  test.each(texts)("%s", async (_, answer, text) => {
    await using api = await ScriptedApi.start(() => answer);
    const client = new DigitalOceanClient({ ...options, endpoint: api.url });
    await expect(client.get("/v2/tags/a")).rejects.toThrow(`GET ${api.url}/v2/tags/a: ${text}`);
  });
});

test("settings of the provider come before the environment", async () => {
  await using api = await ScriptedApi.start(() => ({ status: 200, body: { account: {} } }));
  const unset = Object.fromEntries(Object.keys(digitalocean.configuration.attributes).map((name) => [name, null]));
  const environment = { DIGITALOCEAN_API_URL: "http://127.0.0.1:1", DIGITALOCEAN_ACCESS_TOKEN: "t" };
  await digitalocean.configure({ ...unset, api_endpoint: api.url }, environment).get("/v2/account");
  expect(api.requests).toEqual(["GET /v2/account"]);
});
