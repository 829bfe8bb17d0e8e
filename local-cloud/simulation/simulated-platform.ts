import type { Platform } from "../platform/platform";

/**
 * A platform on which nothing happens and everything succeeds at once: objects exist in the API only. For work on the
 * APIs and on what talks to them, without root.
 */
export function simulatedPlatform(): Platform {
  return {
    machines: {
      create: nothing,
      shutDown: nothing,
      powerOff: nothing,
      powerOn: nothing,
      reboot: nothing,
      destroy: nothing,
      onPowerChange: () => undefined,
    },
    network: { setFirewall: nothing, routeReservedIp: nothing },
    databases: {
      createCluster: nothing,
      resizeCluster: nothing,
      destroyCluster: nothing,
      createReplica: nothing,
      destroyReplica: nothing,
      promoteReplica: nothing,
      setUser: nothing,
      removeUser: nothing,
      setDatabase: nothing,
      removeDatabase: nothing,
      setPools: nothing,
      setTrustedSources: nothing,
      certificateAuthority: async () => placeholderCertificate,
    },
    edge: {
      setHostnames: nothing,
      setRecords: nothing,
      signOriginCertificate: async () => placeholderCertificate,
      ipv4Ranges: ["198.51.100.192/26"],
      ipv6Ranges: ["2001:db8:cf::/48"],
    },
  };
}

async function nothing(): Promise<void> {
  // Success without effect is the whole behaviour.
}

/** Valid X.509 that fits no key and no name: it stands wherever a certificate is asked for. */
const placeholderCertificate = `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUVB4jOvZvQyV2wjz1AxoIQfYU2kAwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOUGFwZXIgUGxhdGZvcm0wIBcNMjYxMTIzMDQxNjIwWhgPMjEy
NjEwMzAwNDE2MjBaMBkxFzAVBgNVBAMMDlBhcGVyIFBsYXRmb3JtMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEdxP1vXyGWuojvmxe8GURMdM7Y9L9vfi54WfkOHwF
8rVawMwf4HPLi4M0RabGYNxVTO1tLXrV2PqPxuQyVUfYBaNTMFEwHQYDVR0OBBYE
FFxAIO4Orm/b2TrDESBxVJvT6gX9MB8GA1UdIwQYMBaAFFxAIO4Orm/b2TrDESBx
VJvT6gX9MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgRea7SeD6
sI9LpdB7p2d2e1dbgFiIni2nMZQ3ozRZ1VUCIQCmOf4ESrJsD56bSCW2OsSWfjiN
ymghVZEfhKLP6xDumg==
-----END CERTIFICATE-----
`;
