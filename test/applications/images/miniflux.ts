import { copyFile, mkdir, rename } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../../../programs/run-program";
import type { ImageRecipe } from "./application-image";

const RELEASE = "2.3.5";

/** One static program and the authorities that it trusts; what its makers' own image has, without Alpine below it. */
export const miniflux: ImageRecipe = {
  files: [__filename],
  config: { User: "65534", Cmd: ["/usr/bin/miniflux"], Env: ["LISTEN_ADDR=0.0.0.0:8080"] },
  async fill(root, version) {
    const programs = path.join(root, "usr/bin");
    const authorities = path.join(root, "etc/ssl/certs");
    for (const directory of [programs, authorities]) await mkdir(directory, { recursive: true });
    await copyFile("/etc/ssl/certs/ca-certificates.crt", path.join(authorities, "ca-certificates.crt"));
    // There is no other release at the module proxy: another version is the same one with another name, which it shows.
    const flags = `-s -w -X miniflux.app/v2/internal/version.Version=${version}`;
    await runProgram(["go", "install", "-trimpath", `-ldflags=${flags}`, `miniflux.app/v2@v${RELEASE}`], {
      environment: { ...process.env, CGO_ENABLED: "0", GOBIN: programs },
      timeoutSeconds: 900,
    });
    await rename(path.join(programs, "miniflux.app"), path.join(programs, "miniflux"));
  },
};
