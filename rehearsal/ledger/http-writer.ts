import { Agent, request } from "node:https";
import type { EntryId } from "./history";
import type { Answer } from "./psql-session";

/** One visitor of the demo application, who writes into its guest book on a kept connection. */
export class HttpWriter {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly site: string,
    /** Whom the guest book shows as the writer; tells the entries of one run from others. */
    private readonly name: string,
    private readonly limitMs: number,
  ) {}

  /** The entry is the message: the guest book takes any, also the same one twice. */
  tryWrite(entry: EntryId): Promise<Answer> {
    const body = JSON.stringify({ name: this.name, message: entry });
    const headers = { "content-type": "application/json", "content-length": body.length };
    return new Promise((resolve) => {
      const call = request(
        `${this.site}/api/entries`,
        { method: "POST", headers, agent: this.agent, timeout: this.limitMs },
        (response) => {
          const { statusCode = 0 } = response;
          response.on("error", (error) => resolve({ outcome: "lost", problem: error.message }));
          response.on("end", () => resolve(judge(statusCode, entry)));
          response.resume();
        },
      );
      call.on("timeout", () => call.destroy(new Error(`no answer in ${this.limitMs} ms`)));
      call.on("error", (error) => resolve({ outcome: "lost", problem: error.message }));
      call.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** After a 5xx, of the application or of a proxy before it, the entry may be there. */
function judge(status: number, entry: EntryId): Answer {
  if (status === 201) return { outcome: "answered", line: entry };
  return { outcome: status >= 400 && status < 500 ? "refused" : "lost", problem: `status ${status}` };
}
