import { createHash } from "node:crypto";
import type { Cloud } from "../account/cloud";
import { notFound, unprocessable } from "../account/errors";
import { paginate } from "../account/pagination";
import { noContent, ok, type ApiRequest, type Handler } from "../account/route";
import type { SshKeyRecord } from "../account/store";

/** A key can be in the account once. */
export const createSshKey: Handler = (cloud, request) => {
  const name = request.body.text("name");
  const publicKey = request.body.text("public_key").trim();
  const fingerprint = fingerprintOf(publicKey);
  if ([...cloud.store.sshKeys.values()].some((key) => key.fingerprint === fingerprint)) {
    throw unprocessable("SSH Key is already in use on your account");
  }
  const key = { id: cloud.store.nextNumber(560_000), name, publicKey, fingerprint };
  cloud.store.sshKeys.set(key.id, key);
  return { status: 201, body: { ssh_key: viewSshKey(key) } };
};

/** `GET /v2/account/keys/:key`. */
export const getSshKey: Handler = (cloud, request) => ok({ ssh_key: viewSshKey(findSshKey(cloud, request)) });

/** `GET /v2/account/keys`. */
export const listSshKeys: Handler = (cloud, request) =>
  ok(paginate("ssh_keys", [...cloud.store.sshKeys.values()], request, viewSshKey));

/** `PUT /v2/account/keys/:key`. */
export const renameSshKey: Handler = (cloud, request) => {
  const key = findSshKey(cloud, request);
  key.name = request.body.text("name");
  return ok({ ssh_key: viewSshKey(key) });
};

/** `DELETE /v2/account/keys/:key`. */
export const deleteSshKey: Handler = (cloud, request) => {
  cloud.store.sshKeys.delete(findSshKey(cloud, request).id);
  return noContent;
};

/** By id or fingerprint. */
export function tryFindSshKey(cloud: Cloud, identifier: string): SshKeyRecord | undefined {
  return [...cloud.store.sshKeys.values()].find(
    ({ id, fingerprint }) => `${id}` === identifier || fingerprint === identifier,
  );
}

function findSshKey(cloud: Cloud, request: ApiRequest): SshKeyRecord {
  const key = tryFindSshKey(cloud, request.parameters["key"] ?? "");
  if (!key) throw notFound();
  return key;
}

/** MD5 of the key's bytes in pairs of hex digits (RFC 4716 §4). */
function fingerprintOf(publicKey: string): string {
  const [type = "", data = ""] = publicKey.split(/\s+/);
  if (!/^(ssh|ecdsa|sk-ssh|sk-ecdsa)-/.test(type) || !/^[A-Za-z0-9+/]+=*$/.test(data)) {
    throw unprocessable("Key invalid, key should be of the format `type key [comment]`");
  }
  const hex = createHash("md5").update(Buffer.from(data, "base64")).digest("hex");
  return hex.match(/../g)?.join(":") ?? "";
}

function viewSshKey(key: SshKeyRecord): Record<string, unknown> {
  return { id: key.id, fingerprint: key.fingerprint, public_key: key.publicKey, name: key.name };
}
