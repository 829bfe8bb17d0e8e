/**
 * Takes every address of a name out of its Cloudflare zone, as an operator does in the control panel.
 *
 * usage: remove-records.ts ZONE NAME
 */
const [zone, name] = process.argv.slice(2);
if (zone === undefined || name === undefined) throw new Error("usage: remove-records.ts ZONE NAME");

const LIMIT_MS = 30_000;
const ADDRESS_TYPES = ["A", "AAAA", "CNAME"];

interface DnsRecord {
  readonly id: string;
  readonly type: string;
}

async function main(records: string, of: string): Promise<void> {
  const found = (await ask("GET", `${records}?name=${encodeURIComponent(of)}`)) as DnsRecord[];
  for (const { id } of found.filter(({ type }) => ADDRESS_TYPES.includes(type)))
    await ask("DELETE", `${records}/${id}`);
}

async function ask(method: string, path: string): Promise<unknown> {
  const { CLOUDFLARE_BASE_URL: url, CLOUDFLARE_API_TOKEN: token } = process.env;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}${path}`, { method, headers, signal: AbortSignal.timeout(LIMIT_MS) });
  if (!response.ok) throw new Error(`${method} ${path}: status ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { result: unknown }).result;
}

main(`/zones/${zone}/dns_records`, name).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
});
