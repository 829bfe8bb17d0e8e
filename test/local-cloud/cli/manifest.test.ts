import { existsSync } from "node:fs";
import path from "node:path";
import { readManifest } from "../../../local-cloud/cli/manifest";

const PROJECT = path.resolve(__dirname, "../../..");
const manifest = readManifest(PROJECT);

test("the project asks for the two tokens of its load balancers and for nothing that writes but reserved IPs", () => {
  const { tokens: scopes = {} } = manifest;
  expect(Object.keys(scopes).sort()).toEqual(["database_token", "discovery_token", "failover_token"]);
  expect(
    Object.values(scopes)
      .flat()
      .filter((scope) => !scope.endsWith(":read")),
  ).toEqual(["reserved_ip:update"]);
});

test("the project adds the command that makes faults, a program that there is", () => {
  expect(Object.keys(manifest.commands ?? {})).toEqual(["fault"]);
  for (const [name, { program, usage }] of Object.entries(manifest.commands ?? {})) {
    expect([program, existsSync(path.join(PROJECT, program))]).toEqual([program, true]);
    expect(usage.startsWith(`${name} `)).toBe(true);
  }
});
