import { execFileSync } from "node:child_process";
import { request } from "node:https";
import { startDigitalOcean } from "./digital-ocean-under-test";

const hasOpenssl = ((): boolean => {
  try {
    execFileSync("openssl", ["version"]);
    return true;
  } catch {
    return false;
  }
})();

test("one API listens on several sockets and shows the same state on all", async () => {
  const cloud = await startDigitalOcean();
  try {
    const second = await cloud.api
      .listen({ host: "::1", port: 0 })
      .catch(() => cloud.api.listen({ host: "127.0.0.1", port: 0 }));
    expect(second).not.toBe(cloud.url);
    await cloud.call("POST", "/v2/tags", { name: "web" });
    const answer = await fetch(`${second}/v2/tags`, { headers: { authorization: "Bearer dop_v1_full" } });
    expect(((await answer.json()) as { tags: unknown[] }).tags).toHaveLength(1);
  } finally {
    await cloud.api.close();
  }
});

test("fails to listen on an address that is taken", async () => {
  const cloud = await startDigitalOcean();
  try {
    const port = Number(new URL(cloud.url).port);
    await expect(cloud.api.listen({ host: "127.0.0.1", port })).rejects.toThrow("EADDRINUSE");
  } finally {
    await cloud.api.close();
  }
});

(hasOpenssl ? test : test.skip)(
  `speaks HTTPS with a given key${hasOpenssl ? "" : " (skipped: no openssl)"}`,
  async () => {
    const cloud = await startDigitalOcean();
    try {
      const [key, cert] = selfSigned();
      const url = await cloud.api.listen({ host: "127.0.0.1", port: 0, tls: { key, cert } });
      expect(url).toMatch(/^https:/);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const sent = request(`${url}/v2/tags`, { ca: cert, servername: "api.test" }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.once("error", reject).end();
      });
      expect(status).toBe(401);
    } finally {
      await cloud.api.close();
    }
  },
);

test("closing cuts what is still connected", async () => {
  const cloud = await startDigitalOcean();
  cloud.api.faults.set([{ behaviour: { kind: "delay", milliseconds: 60_000 } }]);
  const hanging = cloud.call("GET", "/v2/tags");
  const outcome = expect(hanging).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await cloud.api.close();
  await outcome;
});

function selfSigned(): [string, string] {
  const generated = execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "-"].concat([
      "-subj",
      "/CN=api.test",
      "-addext",
      "subjectAltName=DNS:api.test",
      "-days",
      "1",
    ]),
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const pem = (kind: string): string =>
    new RegExp(`-----BEGIN ${kind}-----[\\s\\S]+?-----END ${kind}-----\n`).exec(generated)?.[0] ?? "";
  return [pem("PRIVATE KEY"), pem("CERTIFICATE")];
}
