import type { EdgeHostname } from "../../../local-cloud/platform/platform";

/** A name that the edge serves. */
export const exampleHostname: EdgeHostname = {
  hostname: "www.example.com",
  origins: ["198.51.100.10"],
  ssl: "strict",
  minimumTls: "1.2",
  alwaysUseHttps: true,
  originHttp: "2",
  clientCertificate: { certificate: "certificate", privateKey: "key" },
};
