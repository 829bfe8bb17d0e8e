/** An answer of Cloudflare that is an error: the envelope with `success: false` and one `{ code, message }`. */
export class CloudflareError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** A field that is not as it must be; `code` tells which check it was. */
export function invalid(message: string, code = 1004): CloudflareError {
  return new CloudflareError(400, code, message);
}

/** No token at all. */
export function missingCredentials(): CloudflareError {
  return new CloudflareError(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
}

/** A token that is unknown. */
export function invalidToken(): CloudflareError {
  return new CloudflareError(401, 1000, "Invalid API Token");
}

/** A known token without the permission. */
export function notPermitted(): CloudflareError {
  return new CloudflareError(403, 10000, "Authentication error");
}

/** A zone that the account does not have. */
export function unknownZone(path: string): CloudflareError {
  const message = `Could not route to ${path}, perhaps your object identifier is invalid?`;
  return new CloudflareError(404, 7003, message);
}

/** A DNS record that the zone does not have. */
export function recordNotFound(): CloudflareError {
  return new CloudflareError(404, 81044, "Record does not exist.");
}

/** An Origin CA certificate that does not exist, or no longer. */
export function certificateNotFound(): CloudflareError {
  return new CloudflareError(404, 1101, "Failed to read certificate from Database");
}

/** A client certificate for origin pulls that the zone does not have. */
export function clientCertificateNotFound(): CloudflareError {
  return new CloudflareError(404, 1415, "Unable to find the certificate.");
}

/** A ruleset that the zone does not have. */
export function rulesetNotFound(): CloudflareError {
  return new CloudflareError(404, 10000, "could not find ruleset");
}

/** A zone setting that Cloudflare, or this emulation, does not know. */
export function settingNotFound(name: string): CloudflareError {
  return new CloudflareError(404, 1003, `Undefined zone setting: ${name}`);
}

/** Over the rate limit. */
export function tooManyRequests(retryAfterSeconds: number): CloudflareError {
  return new CloudflareError(429, 971, "Please wait and consider throttling your request speed", {
    "retry-after": `${retryAfterSeconds}`,
  });
}

/** Something failed on the platform, or in the emulation. */
export function internalError(message = "internal error"): CloudflareError {
  return new CloudflareError(500, 1000, message);
}

/** Not Cloudflare's: the local cloud says so when it lacks something that the vendor has. */
export function notEmulated(message: string): CloudflareError {
  return new CloudflareError(501, 1000, message);
}
