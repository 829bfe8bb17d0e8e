/** The part of a pino logger that the APIs use. Tokens, passwords and user data never go into it. */
export interface Log {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
