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
      resize: nothing,
      replaceNodes: nothing,
      setAvailability: nothing,
      destroyCluster: nothing,
      // So old that every moment is after it.
      listBackups: async () => [{ createdAt: 0, sizeBytes: 33_648_640 }],
      // What the backup of a site has.
      listContents: async () => ({ users: ["doadmin", "app"], databases: ["defaultdb", "app"] }),
      createReplica: nothing,
      destroyReplica: nothing,
      promoteReplica: nothing,
      setUser: nothing,
      removeUser: nothing,
      setDatabase: nothing,
      removeDatabase: nothing,
      setPools: nothing,
      setTrustedSources: nothing,
      setMetricsLogin: nothing,
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
MIIBkTCCATegAwIBAgIUIYHZkvcVeCSrYVA0UvtyhbIyhLcwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSU2ltdWxhdGVkIHBsYXRmb3JtMCAXDTI2MTEyNzExMTYwMloY
DzIxMjYxMTAzMTExNjAyWjAdMRswGQYDVQQDDBJTaW11bGF0ZWQgcGxhdGZvcm0w
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARGqhw1g3MMfcWsA4vX48+rUnu3Kzun
hfbADQCBxQ0oK9nUOw4wJyUOBC3WdSKMVOmwLdyC95OjvkS3A3WX+t6fo1MwUTAd
BgNVHQ4EFgQU4uAe99V3RiYYgkIyzjKsL6EF35AwHwYDVR0jBBgwFoAU4uAe99V3
RiYYgkIyzjKsL6EF35AwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBF
AiEA8xdEym4ID4hFxRqc8lx3KDg0yM+NRiJVypkeCLmkrv4CIEa/q1OIkiAjUeZg
nY0wTa6LSr+tII0DZz82+rVr4vtx
-----END CERTIFICATE-----
`;
