/** A setting of every zone: its value at first, and the values it takes. */
export interface SettingDefinition {
  readonly initial: string;
  readonly allowed: readonly string[];
}

const onOff = ["on", "off"];

/**
 * The settings that are emulated. `ssl`, `min_tls_version`, `always_use_https` and `origin_max_http_version` act on the
 * edge, the rest is kept: `tls_client_auth` as well, because the certificate that all of Cloudflare's customers share for it does not exist here.
 */
export const settingDefinitions: Readonly<Record<string, SettingDefinition>> = {
  ssl: { initial: "full", allowed: ["off", "flexible", "full", "strict", "origin_pull"] },
  min_tls_version: { initial: "1.0", allowed: ["1.0", "1.1", "1.2", "1.3"] },
  always_use_https: { initial: "off", allowed: onOff },
  origin_max_http_version: { initial: "2", allowed: ["1", "2"] },
  tls_client_auth: { initial: "off", allowed: onOff },
  tls_1_3: { initial: "on", allowed: ["on", "off", "zrt"] },
  automatic_https_rewrites: { initial: "on", allowed: onOff },
  opportunistic_encryption: { initial: "on", allowed: onOff },
  http3: { initial: "on", allowed: onOff },
  "0rtt": { initial: "off", allowed: onOff },
  ipv6: { initial: "on", allowed: onOff },
  websockets: { initial: "on", allowed: onOff },
  brotli: { initial: "on", allowed: onOff },
  always_online: { initial: "off", allowed: onOff },
  development_mode: { initial: "off", allowed: onOff },
  cache_level: { initial: "aggressive", allowed: ["aggressive", "basic", "simplified"] },
  security_level: {
    initial: "medium",
    allowed: ["off", "essentially_off", "low", "medium", "high", "under_attack"],
  },
};
