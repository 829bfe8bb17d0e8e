/**
 * Visitors of the site: a steady rate of requests over HTTPS, most of them on kept connections as browsers have them,
 * one in ten on a fresh one. Prints a JSON array for each request when it is over: [began, took, status, load balancer];
 * times in milliseconds (since 1970), status 0: no answer within the limit, or a broken connection.
 *
 * usage: visitor-process.ts URL REQUESTS_PER_SECOND LIMIT_MS      until its standard input ends
 */
import { Agent, request } from "node:https";

const [url, rateText, limitText] = process.argv.slice(2);
if (url === undefined || rateText === undefined || limitText === undefined)
  throw new Error("usage: visitor-process.ts URL REQUESTS_PER_SECOND LIMIT_MS");
const interval = 1000 / Number(rateText);
const limit = Number(limitText);
const kept = new Agent({ keepAlive: true, maxFreeSockets: 64 });

function ask(fresh: boolean): void {
  const began = Date.now();
  let over = false;
  const finish = (status: number, loadBalancer = ""): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    process.stdout.write(`${JSON.stringify([began, Date.now() - began, status, loadBalancer])}\n`);
  };
  const call = request(url!, { agent: fresh ? false : kept }, (response) => {
    response.resume();
    response.on("end", () => finish(response.statusCode ?? 0, String(response.headers["x-load-balancer"] ?? "")));
    response.on("error", () => finish(0));
  });
  const timer = setTimeout(() => {
    finish(0);
    call.destroy();
  }, limit);
  call.on("error", () => finish(0));
  call.end();
}

const started = Date.now();
let sent = 0;
setInterval(() => {
  // What is late because this process did not run is sent now, so that the rate holds.
  while (started + sent * interval <= Date.now()) ask(sent++ % 10 === 0);
}, interval);
process.stdin.on("end", () => process.exit(0)).resume();
