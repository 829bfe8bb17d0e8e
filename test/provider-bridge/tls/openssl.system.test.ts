import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { keyKinds, makeAuthority, makeCertificate, makeKey, makeRequest } from "./issue";

const run = promisify(execFile);
const hasProgram = (name: string) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;

/** Files of one key and of what was made with it. */
async function inFiles(contents: Record<string, string>, use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "tls-"));
  try {
    for (const [name, content] of Object.entries(contents))
      await writeFile(join(directory, name), content, { mode: 0o600 });
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const describeOpenssl = hasProgram("openssl") ? describe : describe.skip;

describeOpenssl(`openssl${hasProgram("openssl") ? "" : " (skipped: not on the PATH)"}`, () => {
  test.each(keyKinds)("accepts the chain, the request and the uses of a key of %s %j", async (algorithm, options) => {
    const authorityKey = await makeKey("RSA");
    const authority = await makeAuthority({ private_key_pem: authorityKey.private_key_pem });
    const key = await makeKey(algorithm, options);
    const request = await makeRequest({
      private_key_pem: key.private_key_pem,
      dns_names: ["www.example.com"],
      ip_addresses: ["2001:db8::1"],
      subject: [
        { common_name: "Zoë", country: "DE", email_address: "ops@example.com", street_address: ["A 1", "B 2"] },
      ],
    });
    const signed = await makeCertificate({
      cert_request_pem: request.cert_request_pem,
      ca_private_key_pem: authorityKey.private_key_pem,
      ca_cert_pem: authority.cert_pem,
      set_subject_key_id: true,
      allowed_uses: ["digital_signature", "key_encipherment", "decipher_only", "server_auth", "client_auth"],
    });
    const files = {
      "ca.pem": authority.cert_pem,
      "leaf.pem": signed.cert_pem,
      "request.pem": request.cert_request_pem,
    };
    await inFiles(files, async (cwd) => {
      const openssl = async (...args: string[]) => (await run("openssl", args, { cwd })).stdout;
      const names = ["-verify_hostname", "www.example.com", "-purpose", "sslserver", "-x509_strict"];
      expect(await openssl("verify", "-CAfile", "ca.pem", ...names, "leaf.pem")).toContain("leaf.pem: OK");
      const verified = await run("openssl", ["req", "-in", "request.pem", "-noout", "-verify", "-text"], { cwd });
      expect(verified.stdout + verified.stderr).toMatch(/verify OK/);
      const text = await openssl("x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus");
      expect(text).toContain("Digital Signature, Key Encipherment, Decipher Only");
      expect(text).toContain("TLS Web Server Authentication, TLS Web Client Authentication");
      expect(text).toContain("DNS:www.example.com, IP Address:2001:DB8:0:0:0:0:0:1");
      expect(text).toContain("CN=Zoë");
      expect(text).toContain("X509v3 Authority Key Identifier");
    });
  });
});

const describeSsh = hasProgram("ssh-keygen") ? describe : describe.skip;

describeSsh(`ssh-keygen${hasProgram("ssh-keygen") ? "" : " (skipped: not on the PATH)"}`, () => {
  const known = keyKinds.filter(([, options]) => options.ecdsa_curve !== "P224");

  test.each(known)("reads a key of %s %j and finds the same fingerprint", async (algorithm, options) => {
    const key = await makeKey(algorithm, options);
    await inFiles({ key: key.private_key_openssh, "key.pub": key.public_key_openssh }, async (cwd) => {
      const ssh = async (...args: string[]) => (await run("ssh-keygen", args, { cwd })).stdout;
      expect((await ssh("-y", "-P", "", "-f", "key")).trim()).toBe(key.public_key_openssh.trim());
      expect(await ssh("-l", "-f", "key.pub")).toContain(key.public_key_fingerprint_sha256);
      expect(await ssh("-l", "-E", "md5", "-f", "key.pub")).toContain(key.public_key_fingerprint_md5);
    });
  });
});
