/** The cloud's name server. Every call is idempotent. */
export interface Names {
  /** All addresses of a name. */
  set(name: string, addresses: readonly string[]): Promise<void>;
  remove(name: string): Promise<void>;
}
