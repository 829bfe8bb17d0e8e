import { isIP } from "node:net";

const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const HOSTNAME = new RegExp(`^(\\*\\.)?(${LABEL}\\.)*${LABEL}$`);

/** What is wrong with a host name as a certificate's subject; undefined when it is right. One leading `*.` may be. */
export function hostnameProblem(name: string): string | undefined {
  if (name.length > 253) return `must be at most 253 characters, got ${name.length}`;
  if (isIP(name) === 0 && HOSTNAME.test(name.toLowerCase())) return undefined;
  return `must be a host name, with at most one leading "*.", got ${JSON.stringify(name)}`;
}

/**
 * The `subjectAltName` of openssl's extension file for host names and addresses.
 * Checks them all: a name with a comma or a newline in it would be an extension of its own.
 */
export function renderSubjectAltName(names: readonly string[]): string {
  const problems = names
    .filter((name) => isIP(name) === 0)
    .flatMap((name) => hostnameProblem(name) ?? [])
    .map((problem) => `certificate names: ${problem}`);
  if (names.length === 0) problems.push("certificate names: at least one is needed, got none");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return names.map((name) => (isIP(name) === 0 ? `DNS:${name.toLowerCase()}` : `IP:${name}`)).join(",");
}
