/** An answer of DigitalOcean that is an error: `{ id, message, request_id }` with this status. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly id: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "bad_request", message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, "unauthorized", "Unable to authenticate you.");
}

export function forbidden(message = "You are not authorized to perform this operation"): ApiError {
  return new ApiError(403, "forbidden", message);
}

export function notFound(message = "The resource you requested could not be found."): ApiError {
  return new ApiError(404, "not_found", message);
}

export function conflict(message: string): ApiError {
  return new ApiError(409, "conflict", message);
}

export function failedPrecondition(message: string): ApiError {
  return new ApiError(412, "failed_precondition", message);
}

export function unprocessable(message: string): ApiError {
  return new ApiError(422, "unprocessable_entity", message);
}

export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(429, "too_many_requests", "API rate limit exceeded.", { "retry-after": `${retryAfterSeconds}` });
}

export function serverError(message = "Unexpected server-side error"): ApiError {
  return new ApiError(500, "server_error", message);
}

/** Not DigitalOcean's: the local cloud says so when it lacks something that the vendor has. */
export function notEmulated(message: string): ApiError {
  return new ApiError(501, "not_implemented", message);
}

/** A droplet with an uncompleted action takes no other (seen in terraform-provider-digitalocean #1034). */
export function pendingDropletEvent(): ApiError {
  return unprocessable("Droplet already has a pending event.");
}

/** A reserved IP with an uncompleted action takes no other (seen in doctl #493). */
export function pendingReservedIpEvent(): ApiError {
  return unprocessable("The floating IP already has a pending event.");
}
