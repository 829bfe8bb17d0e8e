import { Firewall } from "@cdktf/provider-digitalocean/lib/firewall";
import { Vpc } from "@cdktf/provider-digitalocean/lib/vpc";
import os from "node:os";
import path from "node:path";
import { App, TerraformVariable } from "cdktf";
import {
  type AlertSettings,
  AppTier,
  type AppTierProps,
  type AppTierSettings,
  type Archive,
  type ArchiveContent,
  type CanarySettings,
  type Container,
  type ContainerApplication,
  type ContainerFile,
  type ContainerWorkload,
  type DatabaseConnection,
  type DirectoryContent,
  type ExistingDatabase,
  type ExistingNetwork,
  type ExtraFile,
  Firewalls,
  type FirewallsProps,
  type Flow,
  type LimitsPerAddress,
  LoadBalancerPair,
  type LoadBalancerPairProps,
  type LoadBalancerPairSettings,
  type MaintenanceSettings,
  Monitoring,
  type MonitoringProps,
  Network,
  type NetworkProps,
  NodeGroup,
  type NodeGroupProps,
  type OtherHostname,
  type OtherZoneSettings,
  PostgresCluster,
  type PostgresClusterProps,
  type PostgresSettings,
  PublicHostname,
  type PublicHostnameProps,
  Readiness,
  type ReadinessProps,
  type RegistryLogin,
  ReservedAddress,
  type ReservedAddressProps,
  type RestoreSettings,
  type RestoredDatabaseSettings,
  type Route,
  type Schedule,
  type SiteHostname,
  type SiteLimits,
  type SlackChannel,
  type SshSettings,
  Stack,
  type StrictTransportSecurity,
  Tier,
  type TierProps,
  type TierPlacement,
  TierTags,
  type TierTagsProps,
  type TokenSettings,
  Traffic,
  type UserDataWorkload,
  type UtilizationLimits,
  WebInfrastructure,
  type WebInfrastructureProps,
  WebTier,
  type WebTierProps,
  type WebTierSettings,
  type Worker,
  type ZoneSettings,
} from "../../../modules";
import { examplePem } from "../../cloud-init/example-pem";
import { zoneId } from "../synthesized";

/** Builds something of settings in a stack. */
export interface Built {
  readonly settings: object;
  readonly build: (settings: never) => unknown;
}

/** A value for every setting of every public interface: typed so that none can be forgotten. */
export function goodSettings(): Readonly<Record<string, Built>> {
  const stack = new Stack(new App({ outdir: os.tmpdir() }), "web");
  let count = 0;
  const id = () => `x${++count}`;
  const late = new TerraformVariable(stack, "late", { type: "string", sensitive: true }).stringValue;

  const extraFile = {
    path: "/etc/example",
    content: "hunter2\n",
    permissions: "0640",
    owner: "root:root",
  } satisfies Required<ExtraFile>;
  const contents = { extraFiles: [extraFile], extraPackages: ["htop"], extraUnits: ["fstrim.timer"] };
  const container = {
    image: "ghcr.io/example/shop:1.4.2",
    registry: { user: "robot", password: late } satisfies Required<RegistryLogin>,
    port: 3000,
    command: ["serve", "--fast"],
    entrypoint: ["/bin/tini", "--"],
    environment: { PASSWORD: "hunter2" },
    secrets: { KEY: late },
    databaseVariables: { DB_HOST: "{PGHOST}" },
    readOnly: true,
    writablePaths: ["/var/cache/shop"],
    capabilities: ["CHOWN"],
    memoryMib: 512,
    cpus: 0.5,
    stopTimeoutSeconds: 30,
    files: [{ path: "/etc/shop.yml", content: "hunter2" } satisfies Required<ContainerFile>],
    extraHosts: { ldap: "10.110.0.9" },
  } satisfies Required<Container>;
  const { port: _port, files: _files, extraHosts: _extraHosts, ...ofWorkers } = container;
  const worker = ofWorkers satisfies Required<Worker>;
  const others = {
    workers: { mailer: worker },
    schedules: { cleanup: { ...worker, at: "03:00", timeoutMinutes: 30 } satisfies Required<Schedule> },
  };
  const app = {
    ...contents,
    nodes: 3,
    size: "s-1vcpu-2gb",
    batchSize: 2,
    databaseConnections: 5,
    application: {
      kind: "container",
      ...container,
      healthPath: "/up",
      releaseCommand: ["bin/migrate"],
    } satisfies Required<ContainerApplication>,
    canary: { durationSeconds: 60, sharePercent: 10 } satisfies Required<CanarySettings>,
    // With everything, as below, there would not be room for all of it in the user-data.
    workers: { mailer: { command: ["bin/jobs"] } },
    schedules: { cleanup: { at: "03:00", command: ["bin/cleanup"] } },
  } satisfies Required<AppTierSettings>;
  const archive = { url: "https://example.com/site.tar.gz", sha256: "0".repeat(64) } satisfies Required<Archive>;
  const web = {
    ...contents,
    nodes: 3,
    size: "s-1vcpu-1gb",
    batchSize: 2,
    staticContent: { kind: "archive", ...archive, earlier: [archive] } satisfies Required<ArchiveContent>,
    requestTimeoutSeconds: 60,
    maximumBodyMib: 20,
    bufferUploads: true,
    stickySessions: false,
    routes: [{ hostname: "www.example.com", path: "/api", tier: "app" } satisfies Required<Route>],
  } satisfies Required<WebTierSettings>;
  const loadBalancers = {
    ...contents,
    nodes: 3,
    size: "s-1vcpu-1gb",
    edgeWitness: true,
    strictTransportSecurity: {
      maximumAgeDays: 365,
      includeSubdomains: true,
      preload: true,
    } satisfies Required<StrictTransportSecurity>,
    limitsPerAddress: { requestsPerSecond: 100, requestsAtATime: 200 } satisfies Required<LimitsPerAddress>,
  } satisfies Required<LoadBalancerPairSettings>;
  const endpoints = {
    poolMode: "session",
    maximumReplicaLagSeconds: 10,
    statementTimeoutSeconds: 120,
    lockTimeoutSeconds: 30,
    idleInTransactionTimeoutSeconds: 60,
  } as const;
  const postgres = {
    ...endpoints,
    size: "db-s-2vcpu-4gb",
    nodes: 2,
    readReplicas: 2,
    replicaSize: "db-s-2vcpu-4gb",
    version: "17",
    storageGib: 100,
    databaseName: "shop",
    userName: "clerk",
    trustedSources: ["198.51.100.7/32"],
    keepAdministrator: false,
    maintenanceDay: "monday",
    maintenanceHour: "03:00",
    restoreFrom: { cluster: "other-postgres", at: "2026-01-31T19:25:22Z" } satisfies Required<RestoreSettings>,
  } satisfies Required<PostgresSettings>;
  const databaseId = "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30";
  const url = "postgresql://shop:hunter2@db.example.com:25060/shop";
  const existing = {
    ...endpoints,
    ...{ writeUrl: url, readUrl: url, directUrl: url, adminUrl: url },
    authority: examplePem.certificate,
    isExclusive: false,
    clusterId: databaseId,
  } satisfies Required<ExistingDatabase>;
  const otherZone = {
    id: "023e105f4ecef8ad9ca31a8372d0c399",
    manageSettings: true,
    minimumTlsVersion: "1.2",
  } satisfies Required<OtherZoneSettings>;
  const zone = {
    id: zoneId,
    name: "example.com",
    manageSettings: true,
    minimumTlsVersion: "1.3",
    clientAuthority: "first",
    cachePages: true,
    smartTieredCache: true,
  } satisfies Required<Omit<ZoneSettings, "clientAuthorities">>;
  const otherHostname = {
    hostname: "www.example.net",
    redirects: true,
    zone: otherZone,
  } satisfies Required<OtherHostname>;
  const flow = { from: "app", to: "198.51.100.25/32", protocol: "tcp", port: 587 } satisfies Required<Flow>;
  const maintenance = { allow: ["203.0.113.0/24"] } satisfies Required<MaintenanceSettings>;
  const utilization = { cpuPercent: 70, memoryPercent: 80, diskPercent: 70 } satisfies Required<UtilizationLimits>;
  const alerts = {
    emails: ["ops@example.com"],
    slack: [{ channel: "#ops", url: "https://hooks.slack.com/services/T0/B0/x" } satisfies Required<SlackChannel>],
    nodes: utilization,
    database: utilization,
    site: { downMinutes: 5, slowSeconds: 3, certificateDays: 7 } satisfies Required<SiteLimits>,
  } satisfies Required<AlertSettings>;
  const project = "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679";
  const site = {
    hostname: "www.example.com",
    otherHostnames: [otherHostname],
    zone,
    name: "shop",
    region: "fra1",
    image: "debian-13-x64",
    network: { ipRange: "10.120.0.0/20" },
    loadBalancers,
    web,
    app,
    database: postgres,
    restoredDatabase: {
      at: "2026-01-31T19:25:22Z",
      serve: true,
      keepOriginal: true,
    } satisfies Required<RestoredDatabaseSettings>,
    alerts,
    ssh: { keys: ["289794"], sources: ["192.0.2.7/32"] } satisfies Required<SshSettings>,
    tokens: {
      failover: "failover-hunter2",
      discovery: "discovery-hunter2",
      database: "database-hunter2",
    } satisfies Required<TokenSettings>,
    readinessLimitMinutes: 20,
    maintenance,
    traffic: [flow],
    tags: ["shop"],
    project,
    allowSinglePointsOfFailure: false,
  } satisfies Required<WebInfrastructureProps>;

  const vpc = new Vpc(stack, "vpc", { name: "shop", region: "fra1", ipRange: "10.130.0.0/20" });
  const firewall = new Firewall(stack, "firewall", { name: "shop-web" });
  const tags = new TierTags(stack, "tags", { name: "shop" });
  const publicPath = [firewall];
  const readiness = new Readiness(stack, "ready", { hostname: "www.example.com", publicPath });
  const placement = {
    ...{ name: "shop", region: "fra1" as const, image: "debian-13-x64", vpc, tags, firewall, readiness, project },
    ...{ sshKeys: ["289794"], extraTags: ["env:test"], allowSinglePointsOfFailure: false },
  } satisfies Required<TierPlacement>;
  const connection = { ...existing, token: "database-hunter2" } satisfies Required<DatabaseConnection>;
  const demo = path.join(__dirname, "../../../cloud-init/web/demo-site");
  const whole = new WebInfrastructure(stack, "whole", { hostname: "www.example.org", zone: { id: "f".repeat(32) } });
  const make =
    <Props extends object>(Construct: new (scope: Stack, id: string, props: Props) => unknown) =>
    (props: Props) =>
      new Construct(stack, id(), props);
  const built = <Props extends object>(settings: Required<Props>, build: (settings: Props) => unknown): Built => ({
    settings,
    build,
  });

  return {
    WebInfrastructure: built<WebInfrastructureProps>(site, make(WebInfrastructure)),
    "WebInfrastructure with what exists": {
      settings: {
        ...site,
        otherHostnames: [],
        zone: { id: zoneId, clientAuthorities: examplePem.certificate },
        network: {
          vpc: { id: "5a4981aa-9653-4bd1-bef5-d6bff52042e4", ipRange: "10.9.0.0/20" },
        } satisfies Required<ExistingNetwork>,
        web: { staticContent: { kind: "directory", directory: demo } satisfies Required<DirectoryContent> },
        app: { application: { kind: "demo" } },
        database: existing,
        restoredDatabase: undefined,
      },
      build: make(WebInfrastructure),
    },
    "Tier with a container": built<TierProps>(
      {
        ...contents,
        ...others,
        nodes: 3,
        size: "s-1vcpu-1gb",
        batchSize: 2,
        databaseConnections: 5,
        usesDatabase: true,
        workload: { kind: "container", ...container, healthPath: "/up" } satisfies Required<ContainerWorkload>,
      },
      (props) => new Tier(whole, id(), props),
    ),
    "Tier with user-data": {
      settings: {
        usesDatabase: false,
        workload: {
          kind: "user-data",
          text: "#!/bin/sh\n",
          units: ["redis-server.service"],
          healthPath: "/up",
          port: 6000,
        } satisfies Required<UserDataWorkload>,
      },
      build: (props) => new Tier(whole, id(), props),
    },
    AppTier: built<AppTierProps>({ ...placement, ...app, database: connection }, make(AppTier)),
    WebTier: built<WebTierProps>(
      {
        ...placement,
        ...web,
        discoveryToken: "discovery-hunter2",
        hostnames: ["www.example.com"],
        canary: false,
      },
      make(WebTier),
    ),
    LoadBalancerPair: built<LoadBalancerPairProps>(
      {
        ...placement,
        ...loadBalancers,
        hostname: "www.example.com",
        otherHostnames: [{ hostname: "example.com", redirects: true } satisfies Required<SiteHostname>],
        reservedIp: "198.51.100.10",
        failoverToken: "failover-hunter2",
        discoveryToken: "discovery-hunter2",
        certificate: examplePem.certificate,
        privateKey: examplePem.privateKey,
        clientAuthorities: examplePem.certificate,
        requestTimeoutSeconds: 60,
        webFiles: true,
        maintenance,
      },
      make(LoadBalancerPair),
    ),
    NodeGroup: built<NodeGroupProps>(
      {
        ...placement,
        ...{ tier: "web", nodes: 2, size: "s-1vcpu-1gb", batchSize: 1, maximumNodes: 20 },
        ...{ userData: "#!/bin/sh\n", limitSeconds: 600 },
      },
      make(NodeGroup),
    ),
    PostgresCluster: built<PostgresClusterProps>(
      {
        ...postgres,
        ...{ name: "shop", region: "fra1", vpc, clientTags: ["shop-app"], extraTags: ["env:test"] },
        ...{ token: "database-hunter2", allowSinglePointsOfFailure: false },
      },
      make(PostgresCluster),
    ),
    Network: built<NetworkProps>({ name: "shop", region: "fra1", ipRange: "10.120.0.0/20" }, make(Network)),
    Monitoring: built<MonitoringProps>(
      { ...alerts, name: "shop", hostname: "www.example.com", tags, databaseClusterId: databaseId, maintenance: false },
      make(Monitoring),
    ),
    Firewalls: built<FirewallsProps>(
      {
        ...{ name: "shop", tags, vpc, reservedIp: "198.51.100.10", sshSources: ["192.0.2.7/32"] },
        traffic: new Traffic(),
      },
      make(Firewalls),
    ),
    Readiness: built<ReadinessProps>(
      { hostname: "www.example.com", publicPath, readinessLimitMinutes: 10 },
      make(Readiness),
    ),
    ReservedAddress: built<ReservedAddressProps>({ region: "fra1" }, make(ReservedAddress)),
    TierTags: built<TierTagsProps>({ name: "shop" }, make(TierTags)),
    PublicHostname: built<PublicHostnameProps>(
      {
        hostname: "www.example.com",
        otherHostnames: [otherHostname],
        zone: { ...zone, id: "e".repeat(32) },
        reservedIp: "198.51.100.10",
      },
      make(PublicHostname),
    ),
    "Traffic.allow": built<{ readonly traffic: Flow }>({ traffic: flow }, ({ traffic }) =>
      new Traffic().allow(traffic),
    ),
  };
}
