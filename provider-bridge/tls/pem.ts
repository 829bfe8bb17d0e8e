/** PEM (RFC 7468) of DER bytes. */
export function renderPem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** DER bytes of the first PEM block of a label; throws when there is none. */
export function parsePem(label: string, pem: string): Buffer {
  const body = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`).exec(pem)?.[1];
  if (body === undefined) throw new Error(`failed to decode PEM block: no ${label} in it`);
  return Buffer.from(body, "base64");
}
