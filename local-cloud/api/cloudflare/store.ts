/** A zone the account has; declared from outside, never made through the API. */
export interface ZoneDeclaration {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
}

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

export interface Rule {
  readonly id: string;
  readonly version: string;
  readonly ref: string;
  readonly lastUpdated: string;
  /** Everything else, as it was sent. */
  readonly fields: Readonly<Record<string, unknown>>;
}

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
  readonly clientCertificates = new Map<string, ClientCertificate>();
  readonly rulesets = new Map<string, Ruleset>();
  authenticatedOriginPulls = false;

  constructor(
    readonly id: string,
    readonly name: string,
    readonly createdOn: string,
  ) {}
}

export class Store {
  readonly zones = new Map<string, Zone>();
  readonly originCertificates = new Map<string, OriginCertificate>();
}
