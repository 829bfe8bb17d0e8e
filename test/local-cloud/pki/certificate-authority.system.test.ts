import { execFileSync } from "node:child_process";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CertificateAuthority } from "../../../local-cloud/pki/certificate-authority";

describe("certificate authority", () => {
  let directory: string;
  beforeAll(() => (directory = mkdtempSync(path.join(tmpdir(), "authority-"))));
  afterAll(() => rmSync(directory, { recursive: true }));

  test("a server certificate is signed by it, fits its key, and names all names", async () => {
    const authority = await CertificateAuthority.create("Test root");
    const issued = await authority.issueServerCertificate(["example.com", "*.example.com", "192.0.2.1"]);
    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.privateKey))).toBe(true);
    expect(certificate.checkHost("www.example.com")).toBe("*.example.com");
    expect(certificate.checkIP("192.0.2.1")).toBe("192.0.2.1");
    expect(certificate.ca).toBe(false);
  });

  test("it is the same one when its directory is opened again, and its key is readable by the owner only", async () => {
    const home = path.join(directory, "kept");
    const first = await CertificateAuthority.open(home, "Test root");
    expect((await CertificateAuthority.open(home, "Test root")).certificate).toBe(first.certificate);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(home, "key.pem")).mode & 0o777).toBe(0o600);
  });

  test("a request is signed for the names given, not for those that it asks for", async () => {
    const authority = await CertificateAuthority.create("Test root");
    const signed = new X509Certificate(await authority.signRequest(createRequest(), ["a.example.com"], 90));
    expect(signed.subjectAltName).toBe("DNS:a.example.com");
    expect(signed.subject).toBe("CN=a.example.com");
    const days = (Date.parse(signed.validTo) - Date.parse(signed.validFrom)) / 86_400_000;
    expect(days).toBe(90);
  });

  test("fails on a request that another key has signed", async () => {
    const authority = await CertificateAuthority.create("Test root");
    const der = Buffer.from(createRequest().replace(/-----.*-----|\s/g, ""), "base64");
    der[der.length - 3]! ^= 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    await expect(authority.signRequest(forged, ["a.example.com"], 90)).rejects.toThrow("certificate request");
  });

  test("fails on what is no request at all", async () => {
    const authority = await CertificateAuthority.create("Test root");
    await expect(authority.signRequest("hello", ["a.example.com"], 90)).rejects.toThrow("openssl req");
  });

  function createRequest(): string {
    const key = path.join(directory, "request.key");
    const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key];
    return execFileSync("openssl", ["req", "-new", ...options, "-subj", "/CN=other.example.com"], {
      stdio: "pipe",
    }).toString();
  }
});
