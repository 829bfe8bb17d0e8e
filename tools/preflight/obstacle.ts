/** Something that a deployment would run into, or that it would do harm to. */
export interface Obstacle {
  /** What is in the way, with what it is known by. */
  readonly what: string;
  /** What would come of it, and what to do. */
  readonly remedy: string;
}

/** What was found, and what could not be looked at and why. */
export interface Findings {
  readonly obstacles: readonly Obstacle[];
  readonly unread: readonly string[];
}
