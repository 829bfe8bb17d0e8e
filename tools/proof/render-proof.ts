import { renderTable } from "../../programs/table";
import type { Proof } from "./proof";

/** The proof as tables, problems last. */
export function renderProof({ reachability, parts, userData, secrets, limits, problems }: Proof): string {
  const sections = [
    section(
      "Who may open connections to whom; everything else is dropped",
      ["FROM", "TO", "PROTOCOL", "PORTS"],
      reachability.map(({ from, to, protocol, ports }) => [from, to, protocol, ports]),
    ),
    section(
      "What is left when one machine is lost; or a hypervisor, which may have one of each part",
      ["PART", "KIND", "NODES", "LEFT"],
      parts.map(({ name, kind, nodes, afterLoss }) => [name, kind, `${nodes}`, `${afterLoss}`]),
    ),
    section(
      "User-data, in bytes; late values come at apply and are not counted, files are compressed together",
      ["DROPLETS", "COMPRESSED", "LATE", "LATE VALUES", "TOTAL", "LIMIT"],
      userData.map(({ group, compressed, late, lateValues, total, limit }) => [
        group,
        ...[compressed, late, lateValues, total, limit].map(String),
      ]),
    ),
    userData
      .map(({ group, files }) => `Largest files of ${group}: ${files.slice(0, 3).map(fileSize).join(", ")}`)
      .join("\n"),
    section(
      "Secrets, and where they come to be",
      ["SECRET", "TO", "PLACE"],
      secrets.map(({ secret, to, place }) => [secret, to, place]),
    ),
    section(
      "What the platform has to allow; * can be raised, or is waited for",
      ["WHAT", "NEEDED", "LIMIT"],
      limits.map(({ what, needed, limit, isFixed }) => [what, `${needed}`, `${limit}${isFixed ? "" : " *"}`]),
    ),
  ];
  const verdict = problems.length === 0 ? "no problems" : `PROBLEMS\n${problems.join("\n")}`;
  return [...sections, verdict].join("\n\n");
}

function fileSize({ path, bytes }: { readonly path: string; readonly bytes: number }): string {
  return `${path} ${bytes}`;
}

function section(title: string, heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${title}\n\n${rows.length === 0 ? "none" : renderTable(heading, rows)}`;
}
