import { createHash, randomBytes, type KeyObject } from "node:crypto";
import { Fields } from "../plugin/fields";
import type { Values } from "../plugin/values";
import { element, integer, objectId, readElements, sequence, time, type DerElement } from "./der";
import {
  alternativeNames,
  alternativeNamesId,
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  subjectKeyIdentifier,
  subjectKeyIdentifierId,
  type AlternativeNames,
} from "./extensions";
import { parsePem, renderPem } from "./pem";
import { signatureAlgorithm, signDer } from "./signature";

/** Whom a certificate is for. */
export interface CertificateHolder {
  /** Distinguished name, DER. */
  readonly subject: Buffer;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /** The extension with the alternative names, DER; empty if there are none. */
  readonly alternativeNames: readonly Buffer[];
}

/** Who signs it. */
export interface CertificateIssuer {
  /** Distinguished name, DER. */
  readonly subject: Buffer;
  readonly key: KeyObject;
  readonly subjectKeyId: Buffer | undefined;
}

const emptyName = sequence();

/**
 * Issues a certificate (RFC 5280) for what a resource has planned.
 *
 * @param issuer undefined: the holder signs itself with `ownKey`
 * @returns the computed attributes of the resource
 */
export function issueCertificate(
  planned: Values,
  holder: CertificateHolder,
  issuer: CertificateIssuer | { readonly ownKey: KeyObject },
): Values {
  const fields = new Fields(planned);
  const isAuthority = fields.bool("is_ca_certificate");
  if (isAuthority && holder.subject.equals(emptyName)) {
    throw new Error("Must contain at least one Distinguished Name when creating Certificate Authority (CA)");
  }
  const subjectKeyId = isAuthority || fields.bool("set_subject_key_id") ? keyIdOf(holder.publicKey) : undefined;
  const signer = "ownKey" in issuer ? { subject: holder.subject, key: issuer.ownKey, subjectKeyId: undefined } : issuer;
  const authorityKeyId = fields.bool("set_authority_key_id") ? subjectKeyId : signer.subjectKeyId;
  if (fields.bool("set_authority_key_id") && !authorityKeyId) {
    throw new Error("Could not determine Authority Key Identifier");
  }
  const uses = fields.strings("allowed_uses");
  const serial = randomBytes(16);
  const start = new Date(Math.floor(Date.now() / 1000) * 1000);
  const end = new Date(start.getTime() + fields.number("validity_period_hours") * 3600 * 1000);
  const extensions = [
    ...keyUsage(uses),
    ...extendedKeyUsage(uses),
    ...basicConstraints(isAuthority),
    ...subjectKeyIdentifier(subjectKeyId),
    ...authorityKeyIdentifier(authorityKeyId),
    ...holder.alternativeNames,
  ];
  const toBeSigned = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    signatureAlgorithm(signer.key),
    signer.subject,
    sequence(time(start), time(end)),
    holder.subject,
    holder.publicKey,
    element(0xa3, sequence(...extensions)),
  );
  return {
    id: BigInt(`0x${serial.toString("hex")}`).toString(),
    cert_pem: renderPem("CERTIFICATE", signDer(toBeSigned, signer.key)),
    validity_start_time: rfc3339(start),
    validity_end_time: rfc3339(end),
    ready_for_renewal: false,
  };
}

/** A certificate request (RFC 2986) as PEM. */
export function issueRequest(subject: Buffer, publicKey: Buffer, names: AlternativeNames, key: KeyObject): string {
  const extensions = alternativeNames(names);
  const extensionRequest = sequence(objectId(extensionRequestId), element(0x31, sequence(...extensions)));
  const attributes = element(0xa0, ...(extensions.length > 0 ? [extensionRequest] : []));
  const information = sequence(integer(Buffer.from([0])), subject, publicKey, attributes);
  return renderPem("CERTIFICATE REQUEST", signDer(information, key));
}

/** Reads whom a request is for. */
export function parseRequest(pem: string): CertificateHolder {
  const information = child(root(parsePem("CERTIFICATE REQUEST", pem)), 0);
  const [, subject, publicKey, attributes] = readElements(information.content);
  if (!subject || !publicKey) throw new Error("failed to parse certificate request");
  const requested = attributes ? findExtensions(attributes) : [];
  const names = requested.filter((one) => isExtension(one, alternativeNamesId)).map((one) => one.bytes);
  return { subject: subject.bytes, publicKey: publicKey.bytes, alternativeNames: names };
}

/** Reads the issuer out of a CA's certificate. */
export function parseIssuer(pem: string, key: KeyObject): CertificateIssuer {
  const fields = readElements(child(root(parsePem("CERTIFICATE", pem)), 0).content);
  // The version comes first, in a tag of its own; with it, the subject is the sixth field.
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  if (!subject) throw new Error("failed to parse certificate");
  const extensions = fields.filter(({ tag }) => tag === 0xa3).flatMap((one) => readElements(child(one, 0).content));
  const identifier = extensions.find((one) => isExtension(one, subjectKeyIdentifierId));
  const value = identifier && readElements(identifier.content).at(-1);
  return { subject: subject.bytes, key, subjectKeyId: value && readElements(value.content)[0]?.content };
}

const extensionRequestId = "1.2.840.113549.1.9.14";

function findExtensions(attributes: DerElement): DerElement[] {
  const request = readElements(attributes.content).find((one) => isExtension(one, extensionRequestId));
  return request ? readElements(child(child(request, 1), 0).content) : [];
}

/** Extensions and attributes of requests are sequences that begin with their identifier. */
function isExtension(one: DerElement, id: string): boolean {
  return readElements(one.content)[0]?.bytes.equals(objectId(id)) ?? false;
}

/** SHA-1 of the public key's bits (RFC 5280 4.2.1.2, method 1). */
function keyIdOf(publicKeyInfo: Buffer): Buffer {
  const bits = child(root(publicKeyInfo), 1).content.subarray(1);
  return createHash("sha1").update(bits).digest();
}

function root(der: Buffer): DerElement {
  const [first] = readElements(der);
  if (!first) throw new Error("DER: nothing in it");
  return first;
}

function child(parent: DerElement, index: number): DerElement {
  const found = readElements(parent.content)[index];
  if (!found) throw new Error(`DER: no element ${index}`);
  return found;
}

function rfc3339(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
