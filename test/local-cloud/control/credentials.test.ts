import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { provideCredentials, renewToken } from "../../../local-cloud/control/credentials";

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), "credentials-"))));
afterEach(() => rmSync(directory, { recursive: true }));

test("credentials are made once, for the owner's eyes only, with the scopes asked for", () => {
  const file = path.join(directory, "credentials.json");
  const made = provideCredentials(file, { discovery_token: ["droplet:read"] });
  expect(made.digitalOcean).toEqual({ token: expect.stringMatching(/^dop_v1_[0-9a-f]{64}$/), scopes: "full" });
  expect(made.cloudflare.token).toMatch(/^[A-Za-z0-9_-]{40}$/);
  expect(made.variables).toEqual({
    discovery_token: { token: expect.stringMatching(/^dop_v1_/), scopes: ["droplet:read"] },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(provideCredentials(file, {})).toEqual(made);
});

test("a token is renewed with the scopes of the old one, which is given back to be revoked", () => {
  const file = path.join(directory, "credentials.json");
  const before = provideCredentials(file, { discovery_token: ["droplet:read"], failover_token: ["tag:read"] });
  const renewed = renewToken(file, "discovery_token");
  expect(renewed.old).toEqual(before.variables.discovery_token);
  expect(renewed.new).toEqual({ token: expect.stringMatching(/^dop_v1_/), scopes: ["droplet:read"] });
  expect(renewed.new.token).not.toBe(renewed.old.token);
  expect(provideCredentials(file, {})).toEqual({
    ...before,
    variables: { ...before.variables, discovery_token: renewed.new },
  });
});

test("fails to renew a token that there is not, and names those that there are", () => {
  const file = path.join(directory, "credentials.json");
  provideCredentials(file, { discovery_token: ["droplet:read"] });
  expect(() => renewToken(file, "other")).toThrow("other: no token of that name, there are discovery_token");
});
