import { RateLimit } from "../../../local-cloud/api/rate-limit";
import { startDigitalOcean } from "./digital-ocean-under-test";
import { FakeClock } from "./fake-clock";

const perHour = { requests: 5, seconds: 3600 };
const perMinute = { requests: 2, seconds: 60 };

test("requests within the limits are counted down", () => {
  const limit = new RateLimit([perHour, perMinute], new FakeClock());
  expect(limit.count("a")).toMatchObject({ limit: 5, remaining: 4, retryAfter: undefined });
  expect(limit.count("a").remaining).toBe(3);
  expect(limit.count("b").remaining).toBe(4);
});

test("fails with the seconds until the burst is over, and lets through again afterwards", async () => {
  const clock = new FakeClock();
  const limit = new RateLimit([perHour, perMinute], clock);
  limit.count("a");
  await clock.advance(20_000);
  limit.count("a");
  await clock.advance(10_000);
  expect(limit.count("a").retryAfter).toBe(30);
  await clock.advance(30_000);
  expect(limit.count("a").retryAfter).toBeUndefined();
});

test("fails when the hour is used up, until the oldest request expires", async () => {
  const clock = new FakeClock();
  const limit = new RateLimit([perHour, perMinute], clock);
  const start = clock.now() / 1000;
  for (let minute = 0; minute < 5; minute += 1) {
    limit.count("a");
    await clock.advance(120_000);
  }
  const refused = limit.count("a");
  expect(refused).toMatchObject({ remaining: 0, reset: start + 3600, retryAfter: 3000 });
  await clock.advance(3_000_000);
  expect(limit.count("a")).toMatchObject({ remaining: 0, retryAfter: undefined });
});

test("DigitalOcean's answers carry the limit of the token, and a burst is answered 429 with retry-after", async () => {
  const cloud = await startDigitalOcean({
    rateLimit: [perHour, perMinute],
    tokens: [{ token: "second", scopes: ["tag:read"] }],
  });
  try {
    const first = await cloud.call("GET", "/v2/tags");
    expect(first.headers.get("ratelimit-limit")).toBe("5");
    expect(first.headers.get("ratelimit-remaining")).toBe("4");
    expect(first.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    await cloud.call("GET", "/v2/tags");
    const refused = await cloud.call("GET", "/v2/tags");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(refused.body).toMatchObject({ id: "too_many_requests" });
    expect((await cloud.as("second").call("GET", "/v2/tags")).status).toBe(200);
  } finally {
    await cloud.api.close();
  }
});
