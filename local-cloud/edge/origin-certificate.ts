import type { CertificateAuthority } from "../pki/certificate-authority";
import { hostnameProblem } from "../pki/subject-names";

const VALIDITIES = [7, 30, 90, 365, 730, 1095, 5475];
/** As Cloudflare spells it in every certificate of its Origin CA. */
const COMMON_NAME = "CloudFlare Origin Certificate";

/**
 * Signs a certificate request as Cloudflare's Origin CA: for the host names given, whatever the request names.
 * https://developers.cloudflare.com/api/resources/origin_ca_certificates/
 */
export async function signOriginCertificate(
  authority: CertificateAuthority,
  csr: string,
  hostnames: readonly string[],
  validityDays: number,
): Promise<string> {
  const problems = hostnames.flatMap((name, index) => {
    const problem = hostnameProblem(name);
    return problem === undefined ? [] : [`hostnames[${index}]: ${problem}`];
  });
  if (hostnames.length === 0) problems.push("hostnames: at least one is needed, got none");
  if (!VALIDITIES.includes(validityDays)) {
    problems.push(`requested_validity: must be one of ${VALIDITIES.join(", ")}, got ${validityDays}`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return authority.signRequest(csr, hostnames, validityDays, COMMON_NAME);
}
