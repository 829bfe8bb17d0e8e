import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";

export interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface BrowserRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** @default 60 */
  readonly limitSeconds?: number;
}

/** Where a site is: at 127.0.0.1, by its public name. */
export interface Site {
  readonly hostname: string;
  readonly port: number;
  /** PEM of who signs its certificate. */
  readonly authority: string;
}

/** What a visitor's browser does: keeps cookies, follows redirects after a form, sends the form's hidden fields. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly site: Site) {}

  /** One request on a connection of its own, with the cookies that there are. Rejects when there is no answer. */
  async ask(method: string, path: string, options: BrowserRequest = {}): Promise<Page> {
    const page = await this.send(method, path, options);
    for (const line of page.headers["set-cookie"] ?? []) this.keep(line);
    return page;
  }

  /** A page, after redirects. */
  async open(path: string): Promise<Page> {
    return this.follow(await this.ask("GET", path));
  }

  /** Opens a page, fills its form that is sent to `action` and sends it; the page that it leads to. */
  async submit(path: string, action: string, fields: Readonly<Record<string, string | UploadedFile>>): Promise<Page> {
    const hidden = hiddenFields((await this.open(path)).body, action);
    const values = Object.entries({ ...hidden, ...fields });
    const isMultipart = values.some(([, value]) => typeof value !== "string");
    const { type, body } = isMultipart ? multipart(values) : urlEncoded(values as Array<[string, string]>);
    // Frameworks ask a form over HTTPS where it comes from.
    const origin = `https://${this.site.hostname}`;
    const headers = { "content-type": type, origin, referer: `${origin}${path}` };
    return this.follow(await this.ask("POST", action, { headers, body }));
  }

  private async follow(page: Page): Promise<Page> {
    for (let redirects = 0; [301, 302, 303].includes(page.status); redirects++) {
      if (redirects === 10) throw new Error(`redirects: more than 10, the last one to ${page.headers.location}`);
      const { hostname, pathname, search } = new URL(page.headers.location!, `https://${this.site.hostname}`);
      if (hostname !== this.site.hostname) throw new Error(`redirect: leads to another site, ${page.headers.location}`);
      page = await this.ask("GET", pathname + search);
    }
    return page;
  }

  private keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
    if (/max-age=0|expires=[^;]*1970/i.test(line)) this.cookies.delete(name!);
    else if (!/; *secure/i.test(line)) throw new Error(`cookie: must be Secure on a site with HTTPS, got ${name}`);
    else this.cookies.set(name!, value!);
  }

  private send(method: string, path: string, options: BrowserRequest): Promise<Page> {
    const { hostname, port, authority } = this.site;
    const { headers = {}, body = "", limitSeconds = 60 } = options;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const content = Buffer.from(body);
    const own = { host: hostname, ...(cookie ? { cookie } : {}), ...(method === "GET" ? {} : length(content)) };
    return new Promise((resolve, reject) => {
      const where = { host: "127.0.0.1", port, servername: hostname, ca: authority, agent: false };
      const call = request({ ...where, method, path, headers: { ...own, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          clearTimeout(limit);
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() });
        });
      });
      const limit = setTimeout(() => call.destroy(new Error(`no answer in ${limitSeconds} s`)), limitSeconds * 1000);
      const fail = (error: Error) => {
        clearTimeout(limit);
        reject(new Error(`${method} ${path}: ${error.message}`));
      };
      call.on("error", fail);
      call.end(content);
    });
  }
}

export interface UploadedFile {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

const length = (content: Buffer) => ({ "content-length": String(content.length) });

function hiddenFields(html: string, action: string): Record<string, string> {
  const forms = [...html.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => form);
  const form = forms.find((one) => attribute(/<form[^>]*>/.exec(one)![0], "action") === action);
  if (form === undefined) throw new Error(`form: must be one with the action ${action} on the page, got:\n${html}`);
  const inputs = [...form.matchAll(/<input[^>]*>/g)].map(([input]) => input);
  const hidden = inputs.filter((input) => attribute(input, "type") === "hidden");
  return Object.fromEntries(hidden.map((input) => [attribute(input, "name"), attribute(input, "value") ?? ""]));
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}

function urlEncoded(values: ReadonlyArray<[string, string]>) {
  const body = Buffer.from(new URLSearchParams(Object.fromEntries(values)).toString());
  return { type: "application/x-www-form-urlencoded", body };
}

function multipart(values: ReadonlyArray<[string, string | UploadedFile]>) {
  const boundary = "----visitor";
  const part = ([name, value]: [string, string | UploadedFile]) => {
    const file = typeof value === "string" ? "" : `; filename="${value.name}"\r\nContent-Type: ${value.type}`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), Buffer.from(typeof value === "string" ? value : value.content), CRLF]);
  };
  const body = Buffer.concat([...values.map(part), Buffer.from(`--${boundary}--\r\n`)]);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}

const CRLF = Buffer.from("\r\n");
