/** A zone the account has; declared from outside, never made through the API. */
export interface ZoneDeclaration {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
}

/** A DNS record with its full name. */
export interface DnsRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly proxied: boolean;
  /** Seconds; 1 is automatic. */
  readonly ttl: number;
  readonly priority: number | undefined;
  readonly comment: string | null;
  readonly tags: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly createdOn: string;
  readonly modifiedOn: string;
}

/** A zone setting that has been changed. */
export interface ZoneSetting {
  readonly value: unknown;
  readonly modifiedOn: string | null;
}

/** A client certificate for Authenticated Origin Pulls. */
export interface ClientCertificate {
  readonly id: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly uploadedOn: string;
  readonly expiresOn: string | null;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly signature: string;
}

/** One rule of a ruleset; it keeps its id as long as it keeps its `ref`. */
export interface Rule {
  readonly id: string;
  readonly version: string;
  readonly ref: string;
  readonly lastUpdated: string;
  /** Everything else, as it was sent. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The rules of one phase of a zone's requests. */
export interface Ruleset {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly kind: string;
  readonly phase: string;
  readonly version: number;
  readonly lastUpdated: string;
  readonly rules: readonly Rule[];
}

/** A certificate of the Origin CA. */
export interface OriginCertificate {
  readonly id: string;
  readonly certificate: string;
  readonly csr: string;
  readonly hostnames: readonly string[];
  readonly requestType: string;
  readonly requestedValidity: number;
  readonly expiresOn: string;
}

/** Everything that belongs to one zone. */
export class Zone {
  readonly records = new Map<string, DnsRecord>();
  readonly settings = new Map<string, ZoneSetting>();
  /** Switches of the cache, which are no settings to the API. */
  readonly caching = new Map<string, ZoneSetting>();
  readonly clientCertificates = new Map<string, ClientCertificate>();
  readonly rulesets = new Map<string, Ruleset>();
  authenticatedOriginPulls = false;

  constructor(
    readonly id: string,
    readonly name: string,
    readonly createdOn: string,
  ) {}
}

/** Everything that exists in the account. */
export class Store {
  readonly zones = new Map<string, Zone>();
  readonly originCertificates = new Map<string, OriginCertificate>();
}
