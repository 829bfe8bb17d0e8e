import { AuthenticatedOriginPullsCertificate } from "@cdktf/provider-cloudflare/lib/authenticated-origin-pulls-certificate";
import { AuthenticatedOriginPullsSettings } from "@cdktf/provider-cloudflare/lib/authenticated-origin-pulls-settings";
import { ZoneSetting } from "@cdktf/provider-cloudflare/lib/zone-setting";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { type Checks, checkGroup } from "../cloud-init/check-group";
import { isLate } from "../cloud-init/late-values";
import type { Problem } from "../cloud-init/problems";
import { type ClientAuthority, type ClientCertificate, clientAuthorities } from "./client-certificate";
import { checkCertificates } from "../cloud-init/pem";
import { checkBoolean, shown } from "../cloud-init/value-checks";
import { checkHostname, checkOneOf, checkZoneId } from "./settings-checks";

/** What can be set of a Cloudflare zone that only further names of the site are in. */
export interface OtherZoneSettings {
  /** Id of the zone, 32 hexadecimal digits (Cloudflare's dashboard, at the lower right of the overview). */
  readonly id: string;
  /**
   * Whether encryption mode, oldest TLS version and redirect to HTTPS are set here; they hold for the other names of the
   * zone too. With false they are left alone, and have to be set by hand before the first deployment: SSL/TLS encryption
   * mode "Full (strict)", without which Cloudflare trusts any certificate, or asks for the site in the clear, which no
   * firewall lets in; "Always Use HTTPS" on; "Minimum TLS Version" 1.2 or later. The client certificate for the load
   * balancers is put into the zone either way. Set to false later, they keep their values, and nobody looks at them any
   * more. @default true
   */
  readonly manageSettings?: boolean;
  /** Oldest TLS version for visitors. @default "1.2" */
  readonly minimumTlsVersion?: TlsVersion;
}

/** What can be set of the Cloudflare zone that the site's name is in. */
export interface ZoneSettings extends OtherZoneSettings {
  /**
   * Name of the zone, `example.com`, by which a name that Cloudflare's free certificate does not cover is told from one
   * that it does; nothing is made of it. @default guessed from the host name
   */
  readonly name?: string;
  /**
   * Which of two authorities signs the client certificate that Cloudflare shows; load balancers trust both, so that it
   * can change at any time. @default "first"
   */
  readonly clientAuthority?: ClientAuthority;
  /**
   * PEM certificates of the authorities of another site in the same zone, its `publicHostname.clientAuthorities`; may be
   * late. Cloudflare shows one client certificate for a whole zone, the last that was put there, so only one site of a
   * zone may bring it: a second one, such as a staging site, names the first one's here and puts none into the zone.
   * Other authorities replace the load balancers. @default authorities of our own, and a certificate in the zone
   */
  readonly clientAuthorities?: string;
  /**
   * Whether Cloudflare keeps what the application calls cacheable, pages too, and not only files by their extension: of the
   * site's names in this zone, answers with `Cache-Control` or `Expires` that allow it, to visitors without a cookie.
   * Cloudflare takes no notice of `Vary` but for the encoding: an application whose pages differ by language must say so in
   * their addresses. A zone has one list of cache rules: what else is in it has to be taken out first, and one site of a
   * zone may set this. Free in every plan
   * (https://developers.cloudflare.com/cache/how-to/cache-rules/settings/). @default false
   */
  readonly cachePages?: boolean;
  /**
   * Whether Cloudflare's locations ask one of theirs, which is near the origin, before they ask the origin: fewer requests
   * for what is kept. Holds for the whole zone, free in every plan
   * (https://developers.cloudflare.com/cache/how-to/tiered-cache/). Set to false later, tiers remain, of a topology that is
   * Cloudflare's. @default false
   */
  readonly smartTieredCache?: boolean;
}

/** TLS versions that visitors may be held to. */
export type TlsVersion = (typeof tlsVersions)[number];

const tlsVersions = ["1.2", "1.3"] as const;

export const otherZoneDefaults = { manageSettings: true, minimumTlsVersion: "1.2" } as const;
const ownZoneDefaults = { clientAuthority: "first", cachePages: false, smartTieredCache: false } as const;
export const zoneDefaults = { ...otherZoneDefaults, ...ownZoneDefaults } as const;

/** Problems of the settings of the site's own zone. */
export function checkZone(path: string, zone: ZoneSettings): Problem[] {
  return checkGroup(path, zone, zoneChecks, { required: ["id"] });
}

/** Problems of the settings of another zone. Its id is part of addresses. */
export function checkOtherZone(path: string, zone: OtherZoneSettings): Problem[] {
  return checkGroup(path, zone, { ...otherZoneChecks, id: checkWrittenZoneId }, { required: ["id"] });
}

const otherZoneChecks: Checks<OtherZoneSettings> = {
  id: checkZoneId,
  manageSettings: checkBoolean,
  minimumTlsVersion: (path, version, { manageSettings }) =>
    manageSettings === false
      ? [
          {
            path,
            message: `must be left out while manageSettings is false, got ${shown(version)}, set it at Cloudflare`,
          },
        ]
      : checkOneOf(path, version, tlsVersions),
};

const zoneChecks: Checks<ZoneSettings> = {
  ...otherZoneChecks,
  name: checkHostname,
  clientAuthority: (path, authority, { clientAuthorities: others }) =>
    others === undefined
      ? checkOneOf(path, authority, clientAuthorities)
      : [{ path, message: "must be left out while clientAuthorities are another site's" }],
  clientAuthorities: checkCertificates,
  cachePages: checkBoolean,
  smartTieredCache: checkBoolean,
};

function checkWrittenZoneId(path: string, id: string): Problem[] {
  return isLate(id)
    ? [{ path, message: "must be written out, got a value known only at apply" }]
    : checkZoneId(path, id);
}

/**
 * Encryption mode, oldest TLS version and redirect to HTTPS of a zone. Terraform takes them over as they are and leaves
 * them as they were when this is destroyed.
 */
export function createZoneSettings(
  scope: Construct,
  { id, manageSettings, minimumTlsVersion }: Required<OtherZoneSettings>,
): ZoneSetting[] {
  if (!manageSettings) return [];
  const settings = { ssl: "strict", min_tls_version: minimumTlsVersion, always_use_https: "on" };
  return Object.entries(settings).map(
    ([settingId, value]) =>
      // The binding wants an object, the provider a string: only strings survive this cast.
      new ZoneSetting(scope, settingId, { zoneId: id, settingId, value: value as unknown as object }),
  );
}

/** Lets Cloudflare show a client certificate to the origins of a zone. What needs that waits for what this returns. */
export function showClientCertificate(
  scope: Construct,
  zoneId: string,
  { certificate, privateKey }: ClientCertificate,
): ITerraformDependable {
  const shown = new AuthenticatedOriginPullsCertificate(scope, "certificate", {
    zoneId,
    certificate,
    privateKey,
    // Cloudflare would come without a certificate, and be refused, between the old one and the new one.
    lifecycle: { createBeforeDestroy: true },
  });
  return new AuthenticatedOriginPullsSettings(scope, "enabled", { zoneId, enabled: true, dependsOn: [shown] });
}
