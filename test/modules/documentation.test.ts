import { defaultDatabaseConnections, endpointDefaults } from "../../cloud-init/app/endpoints";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import * as appTier from "../../modules/app-tier";
import * as loadBalancerPair from "../../modules/load-balancer-pair";
import * as monitoring from "../../modules/monitoring";
import * as network from "../../modules/network";
import * as nodeGroup from "../../modules/node-group";
import * as postgresCluster from "../../modules/postgres-cluster";
import * as zone from "../../modules/zone";
import * as readiness from "../../modules/readiness";
import { monthlyPriceUsd } from "../../modules/sizes-and-prices";
import * as tier from "../../modules/tier";
import * as webInfrastructure from "../../modules/web-infrastructure-settings";
import * as webTier from "../../modules/web-tier";
import { canaryDefaults } from "../../cloud-init/app/canary";
import { containerDefaults } from "../../cloud-init/app/container";
import { scheduleDefaults } from "../../cloud-init/app/workers-and-schedules";
import { defaultHealthPath } from "../../cloud-init/health-path";
import { defaultPermissions } from "../../cloud-init/host-file";
import { limitsPerAddressDefaults } from "../../cloud-init/load-balancer/user-data";
import { defaultRequestTimeoutSeconds } from "../../cloud-init/request-limits";
import { webContentsDefaults } from "../../cloud-init/web/user-data";

const ROOT = path.resolve(__dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");

const FILES = [
  ...readdirSync(path.join(ROOT, "modules"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `modules/${file}`),
  ...["app", "web", "load-balancer", "other"].map((role) => `cloud-init/${role}/user-data.ts`),
  "cloud-init/app/canary.ts",
  "cloud-init/app/endpoints.ts",
  "cloud-init/app/container.ts",
  "cloud-init/web/routes.ts",
  "cloud-init/app/workers-and-schedules.ts",
  "cloud-init/node-settings.ts",
];

interface Property {
  readonly owner: string;
  readonly name: string;
  readonly optional: boolean;
  readonly type: string | undefined;
  readonly comment: string;
}

/** Properties of every exported interface, with their doc comments as they are written. */
const properties = FILES.flatMap((file): Property[] => {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .filter(({ modifiers }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .flatMap((declaration) =>
      declaration.members.filter(ts.isPropertySignature).map((member) => ({
        owner: declaration.name.text,
        name: member.name.getText(),
        optional: member.questionToken !== undefined,
        type: member.type?.getText(),
        comment: member.getFullText().slice(0, member.getLeadingTriviaWidth()),
      })),
    );
});

/** What stands for a setting that is left out, by the interface that declares it. */
const DEFAULTS: Readonly<Record<string, object>> = {
  WebContents: webContentsDefaults,
  WebTierSettings: webTier.webTierDefaults,
  AppTierSettings: appTier.appTierDefaults,
  Container: containerDefaults,
  Schedule: scheduleDefaults,
  ContainerApplication: { healthPath: defaultHealthPath },
  UserDataWorkload: { port: containerDefaults.port },
  CanarySettings: canaryDefaults,
  UtilizationLimits: monitoring.utilizationDefaults,
  SiteLimits: monitoring.siteLimitDefaults,
  LimitsPerAddress: limitsPerAddressDefaults,
  LoadBalancerPairSettings: loadBalancerPair.loadBalancerPairDefaults,
  RollOutSettings: nodeGroup.rollOutDefaults,
  DropletSettings: nodeGroup.dropletDefaults,
  NetworkSettings: network.networkDefaults,
  PostgresSettings: Object.fromEntries(
    Object.entries(postgresCluster.postgresDefaults).filter(([name]) => !Object.hasOwn(endpointDefaults, name)),
  ),
  DatabaseEndpointSettings: endpointDefaults,
  OtherContents: { databaseConnections: defaultDatabaseConnections },
  OtherZoneSettings: zone.otherZoneDefaults,
  ZoneSettings: Object.fromEntries(
    Object.entries(zone.zoneDefaults).filter(([name]) => !Object.hasOwn(zone.otherZoneDefaults, name)),
  ),
  ReadinessSettings: readiness.readinessDefaults,
  TierProps: tier.tierDefaults,
  RestoredDatabaseSettings: webInfrastructure.restoredDatabaseDefaults,
  WebInfrastructureProps: webInfrastructure.webInfrastructureDefaults,
};

test("every optional property says its default", () => {
  expect(properties.length).toBeGreaterThan(100);
  const silent = properties.filter(({ optional, comment }) => optional && !comment.includes("@default "));
  const known = ["port"]; // of a flow: what there is instead of a default depends on the protocol.
  expect(silent.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
});

test("a default that is a value is the one that the code has", () => {
  const documented = properties.flatMap(({ owner, name, comment }) => {
    const value = /@default ("[^"]*"|\d+|true|false)\s*(?:\*\/|\n)/.exec(comment)?.[1];
    return value === undefined ? [] : [[`${owner}.${name}`, JSON.parse(value)] as const];
  });
  const ofCode = documented.map(([name]) => {
    const [owner, property] = name.split(".") as [string, string];
    return [name, (DEFAULTS[owner] as Record<string, unknown> | undefined)?.[property]] as const;
  });
  // What nothing is said about until it is used: undefined counts as false (as true, for the witness).
  const elsewhere: Readonly<Record<string, unknown>> = {
    "TierPlacement.allowSinglePointsOfFailure": false,
    "PostgresClusterProps.allowSinglePointsOfFailure": false,
    "LoadBalancerContents.edgeWitness": true,
    "SiteHostname.redirects": false,
    "StrictTransportSecurity.includeSubdomains": false,
    "StrictTransportSecurity.preload": false,
    "AppContents.canary": false,
    "WebSettings.canary": false,
    "WebTierProps.canary": false,
    "LoadBalancerPairProps.maintenance": false,
    "MonitoringProps.maintenance": false,
    "LoadBalancerPairProps.webFiles": false,
    "OtherSettings.isRouted": false,
    "DatabaseConnection.isExclusive": false,
    "LoadBalancerSettings.webFiles": false,
    "LoadBalancerPairProps.requestTimeoutSeconds": defaultRequestTimeoutSeconds,
    "LoadBalancerSettings.requestTimeoutSeconds": defaultRequestTimeoutSeconds,
    "ExtraFile.permissions": defaultPermissions("/etc/motd"),
    // cloud-init's own.
    "ExtraFile.owner": "root:root",
  };
  const expected = ofCode.map(([name, value]) => [name, value ?? elsewhere[name]]);
  expect(documented.length).toBeGreaterThan(25);
  expect(documented).toEqual(expected);
});

test("a default of the code is in a comment", () => {
  const silent = Object.entries(DEFAULTS).flatMap(([owner, values]) =>
    Object.keys(values).filter((name) => {
      const found = properties.find((property) => property.name === name && property.owner === owner);
      // Declared once for all tiers, in what their settings extend.
      return found === undefined ? name !== "batchSize" : !found.comment.includes("@default ");
    }),
  );
  expect(silent).toEqual([]);
});

test("a number says its unit in its name, or is a count and says so", () => {
  const counts = [
    "nodes",
    "maximumNodes",
    "readReplicas",
    "poolSize",
    "batchSize",
    "count",
    "cpus",
    "port",
    "databaseConnections",
    "requestsAtATime",
  ];
  const names = properties.filter(({ type }) => type === "number").map(({ name }) => name);
  expect(names.length).toBeGreaterThan(10);
  const units = /(Seconds|PerSecond|Minutes|Days|Mib|Gib|Usd|Percent)$/;
  expect(names.filter((name) => !units.test(name) && !counts.includes(name))).toEqual([]);
});

test("every public construct says what a change of it replaces", () => {
  const index = read("modules/index.ts");
  const constructs = FILES.flatMap((file) =>
    [...read(file).matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport class (\w+) extends Construct\b/g)].map(
      ([, comment, name]) => ({ name: name!, comment: comment! }),
    ),
  ).filter(({ name }) => new RegExp(`\\b${name}\\b`).test(index));
  expect(constructs.length).toBeGreaterThan(13);
  const silent = constructs.filter(({ comment }) => !/replace|in place|protected/i.test(comment));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test("prices in comments are those of the list", () => {
  const price = (...machines: [count: number, size: string][]) =>
    monthlyPriceUsd(machines.map(([count, size]) => ({ count, size })))!;
  const { nodes: balancers, size: balancer } = loadBalancerPair.loadBalancerPairDefaults;
  const { webTierDefaults: web } = webTier;
  const { appTierDefaults: app } = appTier;
  const { postgresDefaults: postgres } = postgresCluster;
  const database = price([postgres.nodes + postgres.readReplicas, postgres.size]);
  const pair = price([balancers, balancer]);
  const whole = pair + price([web.nodes, web.size], [app.nodes, app.size]) + database;
  const expected: Readonly<Record<string, number>> = {
    "modules/load-balancer-pair.ts": pair,
    "modules/web-tier.ts": price([1, web.size]),
    "modules/app-tier.ts": price([1, app.size]),
    "modules/tier.ts": price([1, tier.tierDefaults.size]),
    "modules/postgres-cluster.ts": database,
    "modules/web-infrastructure.ts": whole,
  };
  const documented = FILES.flatMap((file) =>
    [...read(file).matchAll(/\b(\d+) USD\s+(?:\* )?a\s+(?:\* )?month/g)].map(([, usd]) => [file, Number(usd)] as const),
  );
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(Object.entries(expected).map(([file, usd]) => [file, Math.round(usd)])),
  );
});
