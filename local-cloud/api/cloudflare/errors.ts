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

export function unknownZone(path: string): CloudflareError {
  const message = `Could not route to ${path}, perhaps your object identifier is invalid?`;
  return new CloudflareError(404, 7003, message);
}

export function recordNotFound(): CloudflareError {
  return new CloudflareError(404, 81044, "Record does not exist.");
}

export function certificateNotFound(): CloudflareError {
  return new CloudflareError(404, 1101, "Failed to read certificate from Database");
}

export function clientCertificateNotFound(): CloudflareError {
  return new CloudflareError(404, 1415, "Unable to find the certificate.");
}

export function rulesetNotFound(): CloudflareError {
  return new CloudflareError(404, 10000, "could not find ruleset");
}

export function settingNotFound(name: string): CloudflareError {
  return new CloudflareError(404, 1003, `Undefined zone setting: ${name}`);
}

export function tooManyRequests(retryAfterSeconds: number): CloudflareError {
  return new CloudflareError(429, 971, "Please wait and consider throttling your request speed", {
    "retry-after": `${retryAfterSeconds}`,
  });
}

export function internalError(message = "internal error"): CloudflareError {
  return new CloudflareError(500, 1000, message);
}

/** Not Cloudflare's: the local cloud says so when it lacks something that the vendor has. */
export function notEmulated(message: string): CloudflareError {
  return new CloudflareError(501, 1000, message);
}
