import { generateKeyPairSync, createPublicKey, type KeyObject } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { openssl } from "./openssl";
import { renderSubjectAltName } from "./subject-names";

/** Longer than any certificate that Cloudflare's Origin CA signs. */
const TWENTY_YEARS = 7300;
const SERVER_DAYS = 825;

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * A root CA on a P-256 key. Certificates that it signs carry no intermediate. What it issues is forgotten:
 * there is no revocation. Needs the `openssl` command, 3.0 or later.
 */
export class CertificateAuthority {
  private constructor(
    /** PEM of the root certificate. */
    readonly certificate: string,
    private readonly privateKey: string,
  ) {}

  /** Makes a CA whose key is only in memory. It lasts twenty years. */
  static async create(commonName: string): Promise<CertificateAuthority> {
    const { privateKey, publicKey } = createKeyPair();
    const key = exportPrivateKey(privateKey);
    const { stdout: certificate } = await openssl(
      ["req", "-x509", "-new", "-key", "key.pem", "-config", "request.cnf", "-days", `${TWENTY_YEARS}`, "-sha256"],
      { "key.pem": key, "request.cnf": renderRootRequest(commonName) },
    );
    if (!createPublicKey(certificate).equals(publicKey)) throw new Error(`${commonName}: openssl signed another key`);
    return new CertificateAuthority(certificate, key);
  }

  /** The CA kept in `directory` (made 0700, key 0600); a new one when there is none yet. */
  static async open(directory: string, commonName: string): Promise<CertificateAuthority> {
    const [certificateFile, keyFile] = [path.join(directory, "certificate.pem"), path.join(directory, "key.pem")];
    const [certificate, key] = await Promise.all([readIfThere(certificateFile), readIfThere(keyFile)]);
    if (certificate !== undefined && key !== undefined) return new CertificateAuthority(certificate, key);
    const created = await CertificateAuthority.create(commonName);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(keyFile, created.privateKey, { mode: 0o600 });
    await writeFile(certificateFile, created.certificate, { mode: 0o644 });
    return created;
  }

  /** A new key and a certificate for a server. `names`: host names (`*.` allowed) and addresses. */
  async issueServerCertificate(names: readonly string[], validityDays = SERVER_DAYS): Promise<KeyedCertificate> {
    const { privateKey, publicKey } = createKeyPair();
    const certificate = await this.sign(publicKey, commonNameOf(names[0]), serverExtensions(names), validityDays);
    return { certificate, privateKey: exportPrivateKey(privateKey) };
  }

  /** A new key and a certificate that names a client by its common name. */
  async issueClientCertificate(commonName: string, validityDays = SERVER_DAYS): Promise<KeyedCertificate> {
    const { privateKey, publicKey } = createKeyPair();
    const certificate = await this.sign(publicKey, commonName, clientExtensions(), validityDays);
    return { certificate, privateKey: exportPrivateKey(privateKey) };
  }

  /**
   * Signs the key of a PEM certificate request. Subject and names that the request asks for are not taken over.
   * Rejects a request whose own signature is wrong.
   */
  async signRequest(csr: string, names: readonly string[], validityDays: number, commonName?: string): Promise<string> {
    const read = ["req", "-in", "request.pem", "-verify", "-noout", "-pubkey"];
    const { stdout, stderr } = await openssl(read, { "request.pem": csr });
    // openssl 3.0 ends with 0 also when the signature is wrong. Which stream has the verdict depends on the version.
    if (!(stdout + stderr).includes("verify OK"))
      throw new Error("certificate request: is not signed with the key that it names");
    const subject = commonName ?? commonNameOf(names[0]);
    return this.sign(createPublicKey(stdout), subject, serverExtensions(names), validityDays);
  }

  private async sign(key: KeyObject, commonName: string, extensions: string[], days: number): Promise<string> {
    if (!Number.isInteger(days) || days < 1) throw new Error(`validity: must be at least 1 day, got ${days}`);
    const subject = ["-subj", `/CN=${commonName.replace(/[\\/+]/g, "\\$&")}`];
    const authority = ["-CA", "authority.pem", "-CAkey", "authority.key"];
    const content = ["-force_pubkey", "public.pem", "-extfile", "extensions.cnf", "-days", `${days}`, "-sha256"];
    const { stdout } = await openssl(["x509", "-new", ...subject, ...authority, ...content], {
      "authority.pem": this.certificate,
      "authority.key": this.privateKey,
      "public.pem": key.export({ type: "spki", format: "pem" }) as string,
      "extensions.cnf": extensions.join("\n") + "\n",
    });
    return stdout;
  }
}

function createKeyPair() {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

function exportPrivateKey(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

function renderRootRequest(commonName: string): string {
  return [
    "[req]",
    "prompt = no",
    "distinguished_name = subject",
    "x509_extensions = extensions",
    "[subject]",
    `CN = ${commonName}`,
    "[extensions]",
    "basicConstraints = critical,CA:TRUE",
    "keyUsage = critical,keyCertSign,cRLSign",
    "subjectKeyIdentifier = hash",
    "",
  ].join("\n");
}

function serverExtensions(names: readonly string[]): string[] {
  return [...leafExtensions("serverAuth"), `subjectAltName = ${renderSubjectAltName(names)}`];
}

function clientExtensions(): string[] {
  return leafExtensions("clientAuth");
}

function leafExtensions(purpose: string): string[] {
  return [
    "basicConstraints = critical,CA:FALSE",
    "keyUsage = critical,digitalSignature,keyEncipherment",
    `extendedKeyUsage = ${purpose}`,
    "subjectKeyIdentifier = hash",
    "authorityKeyIdentifier = keyid",
  ];
}

/** X.509 allows 64 characters in a common name; clients ignore it where there is a subjectAltName. */
function commonNameOf(name: string | undefined): string {
  return name !== undefined && name.length <= 64 ? name : "server";
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
