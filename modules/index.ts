// Everything that can be imported from the package, and nothing else.
export type { CanarySettings } from "../cloud-init/app/canary";
export type { Capability, Container, ContainerFile, RegistryLogin } from "../cloud-init/app/container";
export type { Application, AppContents, ContainerApplication, DemoApplication } from "../cloud-init/app/user-data";
export type { DatabaseConnection, DatabaseEndpointSettings, PoolMode } from "../cloud-init/app/endpoints";
export type { Schedule, Worker, WorkersAndSchedules } from "../cloud-init/app/workers-and-schedules";
export type {
  LimitsPerAddress,
  LoadBalancerContents,
  SiteHostname,
  StrictTransportSecurity,
} from "../cloud-init/load-balancer/user-data";
export type { ExtraFile, NodeContents } from "../cloud-init/node-settings";
export type { ContainerWorkload, OtherContents, UserDataWorkload, Workload } from "../cloud-init/other/user-data";
export { type Problem, SettingsError } from "../cloud-init/problems";
export type { Route } from "../cloud-init/web/routes";
export type {
  Archive,
  ArchiveContent,
  DirectoryContent,
  StaticContent,
  WebContents,
} from "../cloud-init/web/user-data";
export { AppTier, type AppTierProps, type AppTierSettings } from "./app-tier";
export type { ClientAuthority } from "./client-certificate";
export { Firewalls, type FirewallsProps } from "./firewalls";
export type { OtherHostname } from "./hostnames";
export { LoadBalancerPair, type LoadBalancerPairProps, type LoadBalancerPairSettings } from "./load-balancer-pair";
export {
  type AlertSettings,
  Monitoring,
  type MonitoringProps,
  type SiteLimits,
  type SlackChannel,
  type UtilizationLimits,
} from "./monitoring";
export type { MaintenanceSettings } from "./maintenance";
export type { SiteTier } from "./naming";
export { type ExistingNetwork, Network, type NetworkProps, type NetworkSettings, type VpcReference } from "./network";
export {
  type DropletSettings,
  NodeGroup,
  type NodeGroupProps,
  type RollOutSettings,
  type TierPlacement,
} from "./node-group";
export type { Administrator } from "./administrator";
export {
  type ExistingDatabase,
  PostgresCluster,
  type PostgresClusterProps,
  type PostgresSettings,
  type PostgresVersion,
  type RestoreSettings,
  type Weekday,
} from "./postgres-cluster";
export { PublicHostname, type PublicHostnameProps } from "./public-hostname";
export { Readiness, type ReadinessProps, type ReadinessSettings } from "./readiness";
export type { ReadinessGate } from "./readiness-gate";
export { ReservedAddress, type ReservedAddressProps } from "./reserved-address";
export type { Region } from "./settings-checks";
export { Stack } from "./stack";
export { Tier, type TierProps } from "./tier";
export { type TierNames, TierTags, type TierTagsProps } from "./tier-tags";
export {
  type Flow,
  type NetworkAddress,
  type Outside,
  type Party,
  type PortOrRange,
  type Protocol,
  Traffic,
} from "./traffic";
export { type JoiningTier, WebInfrastructure } from "./web-infrastructure";
export type {
  RestoredDatabaseSettings,
  SshSettings,
  TokenSettings,
  WebInfrastructureProps,
} from "./web-infrastructure-settings";
export { WebTier, type WebTierProps, type WebTierSettings } from "./web-tier";
export type { OtherZoneSettings, TlsVersion, ZoneSettings } from "./zone";
