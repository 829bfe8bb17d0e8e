/**
 * Visitors of the site: a steady rate of requests over HTTPS, most of them on kept connections as browsers have them,
 * one in ten on a fresh one. They ask for what REQUESTS lists, in turn: JSON, [[method, path, JSON body or null], ...].
 * Prints a JSON array for each request when it is over: [began, took, status, load balancer, method and path, what is
 * known of a failure]; times in milliseconds (since 1970), status 0: no answer within the limit, or a broken connection.
 *
 * usage: visitor-process.ts SITE_URL REQUESTS_PER_SECOND LIMIT_MS REQUESTS      until its standard input ends
 */
import { Agent, request } from "node:https";

const [site, rateText, limitText, requestsText] = process.argv.slice(2);
if (site === undefined || rateText === undefined || limitText === undefined || requestsText === undefined)
  throw new Error("usage: visitor-process.ts SITE_URL REQUESTS_PER_SECOND LIMIT_MS REQUESTS");
const requests = JSON.parse(requestsText) as Array<[string, string, object | null]>;
const interval = 1000 / Number(rateText);
const limit = Number(limitText);
// No more than 64 at a time: on a machine that is too slow for a moment, ever more handshakes would keep it too slow.
const kept = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64 });

let running = 0;
let ending = false;

function ask([method, path, body]: [string, string, object | null], fresh: boolean): void {
  const began = Date.now();
  let over = false;
  running++;
  const finish = (status: number, loadBalancer: string, problem: string): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    const line = [began, Date.now() - began, status, loadBalancer, `${method} ${path}`, problem];
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (--running === 0 && ending) process.exit(0);
  };
  const text = body === null ? undefined : JSON.stringify(body);
  const headers = text === undefined ? {} : { "content-type": "application/json", "content-length": text.length };
  const call = request(`${site}${path}`, { method, headers, agent: fresh ? false : kept }, (response) => {
    let start = "";
    response.on("data", (chunk: Buffer) => (start = start.length < 300 ? start + chunk.toString() : start));
    response.on("end", () => {
      const status = response.statusCode ?? 0;
      const { "x-load-balancer": balancer = "", "x-web-node": web, "x-app-node": app } = response.headers;
      finish(status, String(balancer), status < 400 ? "" : `web ${web}, app ${app}: ${start}`);
    });
    response.on("error", (error) => finish(0, "", error.message));
  });
  const timer = setTimeout(() => {
    finish(0, "", `no answer in ${limit} ms`);
    call.destroy();
  }, limit);
  call.on("error", (error) => finish(0, "", error.message));
  call.end(text);
}

/** When this process has not run for a while, no more than this of its requests is made up for: no wave of them. */
const MAXIMUM_ARREARS_MS = 250;

let sent = 0;
let due = Date.now();
const timer = setInterval(() => {
  const now = Date.now();
  due = Math.max(due, now - MAXIMUM_ARREARS_MS);
  for (; due <= now; due += interval) {
    // One in ten of each kind of request, whatever their number.
    const round = Math.floor(sent / requests.length);
    const turn = sent % requests.length;
    ask(requests[turn]!, (round + turn) % 10 === 0);
    sent++;
  }
}, interval);
process.stdin
  .on("end", () => {
    clearInterval(timer);
    ending = true;
    if (running === 0) process.exit(0);
  })
  .resume();
