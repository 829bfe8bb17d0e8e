import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { providerConfiguration, type StateDirectory } from "../control/directories";
import type { Credentials } from "../control/credentials";
import { PROJECT_DIRECTORY } from "../../programs/project-directory";
import { tsxCommand } from "../../programs/tsx-command";

/**
 * What a shell says about other places than the local cloud, and Terraform, curl or psql would believe: proxies, further
 * names and domains, accounts at the real vendors, a state in HCP Terraform, other databases.
 */
const ELSEWHERE =
  /^((https?|ftp|all|no)_proxy|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|TF_(CLOUD|TOKEN)_.*|TF_WORKSPACE|(DIGITALOCEAN|CLOUDFLARE)_.*|PG[A-Z]+)$/i;

/**
 * The environment of whoever runs Terraform against the local cloud: nothing but where the providers find their APIs,
 * whom they trust, and their tokens. The stack itself is the same as for the real clouds.
 */
export function operatorEnvironment(directory: StateDirectory): NodeJS.ProcessEnv {
  const credentials = JSON.parse(readFileSync(directory.credentials, "utf8")) as Credentials;
  mkdirSync(directory.terraformState, { recursive: true, mode: 0o700 });
  mkdirSync(directory.temporary, { recursive: true, mode: 0o700 });
  const mirror = providerConfiguration();
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ELSEWHERE.test(name))),
    ...(existsSync(mirror) ? { TF_CLI_CONFIG_FILE: mirror } : {}),
    DIGITALOCEAN_API_URL: "https://api.digitalocean.com",
    DIGITALOCEAN_TOKEN: credentials.digitalOcean.token,
    // The same for doctl.
    DIGITALOCEAN_ACCESS_TOKEN: credentials.digitalOcean.token,
    CLOUDFLARE_BASE_URL: "https://api.cloudflare.com/client/v4",
    CLOUDFLARE_API_TOKEN: credentials.cloudflare.token,
    ...Object.fromEntries(Object.entries(credentials.variables).map(([name, { token }]) => [`TF_VAR_${name}`, token])),
    SSL_CERT_FILE: directory.webAuthority,
    CURL_CA_BUNDLE: directory.webAuthority,
    REQUESTS_CA_BUNDLE: directory.webAuthority,
    NODE_EXTRA_CA_CERTS: directory.webAuthority,
    STATE_DIRECTORY: directory.terraformState,
    // What a killed command leaves goes with the cloud.
    TMPDIR: directory.temporary,
    // Neither can ask for a newer version of itself from inside the cloud, and cdktf's attempt delays every command.
    CHECKPOINT_DISABLE: "1",
    DISABLE_VERSION_CHECK: "1",
  };
}

/** The command line of cdktf with the providers that can be had here. */
export function cdktfCommand(directory: StateDirectory, [command, ...args]: readonly string[]): string[] {
  const runsTerraform = ["deploy", "apply", "diff", "plan", "destroy"].includes(command ?? "");
  return [
    ...tsxCommand(path.join(PROJECT_DIRECTORY, "provider-bridge/with-providers.ts")),
    path.join(PROJECT_DIRECTORY, "node_modules/.bin/cdktf"),
    ...(command === undefined ? [] : [command]),
    ...(runsTerraform ? ["--skip-provider-lock"] : []),
    ...(runsTerraform || command === "synth" || command === "output" ? ["--output", directory.synthesized] : []),
    ...args,
  ];
}
