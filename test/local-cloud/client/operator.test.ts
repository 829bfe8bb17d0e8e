import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { operatorEnvironment } from "../../../local-cloud/client/operator";
import { provideCredentials } from "../../../local-cloud/control/credentials";
import { StateDirectory } from "../../../local-cloud/control/directories";

const shell = process.env;
const root = mkdtempSync(path.join(tmpdir(), "operator-"));
afterAll(() => {
  process.env = shell;
  rmSync(root, { recursive: true });
});

test("an operator gets the local accounts, and nothing that the shell says about other places", () => {
  const directory = new StateDirectory(root);
  const credentials = provideCredentials(directory.credentials, {});
  process.env = {
    PATH: shell["PATH"],
    TF_VAR_greeting: "hello",
    https_proxy: "http://127.0.0.1:3128",
    HTTP_PROXY: "http://127.0.0.1:3128",
    LOCALDOMAIN: "corp.example",
    DIGITALOCEAN_TOKEN: "real",
    DIGITALOCEAN_ACCESS_TOKEN: "real",
    CLOUDFLARE_API_KEY: "real",
    TF_CLOUD_ORGANIZATION: "shop",
    PGHOST: "db.corp.example",
  };
  const environment = operatorEnvironment(directory);
  expect(environment).toMatchObject({
    TF_VAR_greeting: "hello",
    DIGITALOCEAN_API_URL: "https://api.digitalocean.com",
    DIGITALOCEAN_TOKEN: credentials.digitalOcean.token,
    CLOUDFLARE_API_TOKEN: credentials.cloudflare.token,
  });
  const elsewhere = Object.entries(environment).filter(
    ([name, value]) => /proxy|domain|^TF_CLOUD|^PG/i.test(name) || value === "real",
  );
  expect(elsewhere).toEqual([]);
});
