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

  /** The body of the answer. */
  render(requestId: string): object {
    return { id: this.id, message: this.message, request_id: requestId };
  }
}

/** What the service for tags answers, in a shape of its own: clients that look for a message find none. */
class RootCauseError extends ApiError {
  override render(): object {
    return { error: this.message, messages: null, root_causes: [this.message] };
  }
}

/** 400: the request cannot be understood. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, "bad_request", message);
}

/** 400 for a tag that is refused. */
export function invalidTag(message: string): ApiError {
  return new RootCauseError(400, "bad_request", message);
}

/** 401: no token, or an unknown one. */
export function unauthorized(): ApiError {
  return new ApiError(401, "unauthorized", "Unable to authenticate you.");
}

/** 403: the token lacks a scope, or no token may do this. */
export function forbidden(message = "You are not authorized to perform this operation"): ApiError {
  return new ApiError(403, "forbidden", message);
}

/** 404: what the path names does not exist. */
export function notFound(message = "The resource you requested could not be found."): ApiError {
  return new ApiError(404, "not_found", message);
}

/** 409: something else stands in the way. */
export function conflict(message: string): ApiError {
  return new ApiError(409, "conflict", message);
}

/** 412: not yet; clients try again. */
export function failedPrecondition(message: string): ApiError {
  return new ApiError(412, "failed_precondition", message);
}

/** 422: understood, and refused. */
export function unprocessable(message: string): ApiError {
  return new ApiError(422, "unprocessable_entity", message);
}

/** 429: over the rate limit of the token. */
export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(429, "too_many_requests", "API rate limit exceeded.", { "retry-after": `${retryAfterSeconds}` });
}

/** 500: something failed on the platform, or in the emulation. */
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
