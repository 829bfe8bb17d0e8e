const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * A fully qualified host name (RFC 1123, at least two labels, 253 characters at most), in lower case.
 * It goes into configuration files as it is, so nothing but letters, digits, hyphens and dots gets past here.
 */
export class Hostname {
  /** Throws on anything else: `must be a fully qualified host name such as www.example.com, got "x"`. */
  static parse(text: string): Hostname {
    const labels = text.split(".");
    if (text.length > 253 || labels.length < 2 || !labels.every((part) => label.test(part))) {
      throw new Error(`must be a fully qualified host name such as www.example.com, got ${JSON.stringify(text)}`);
    }
    return new Hostname(text.toLowerCase());
  }

  private constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}
