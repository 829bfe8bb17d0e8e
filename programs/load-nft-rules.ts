import { tryRunProgram } from "./run-program";

/**
 * Carries out commands of nft, all or none of them; rejects with its complaint.
 * `networkNamespace`: path of the namespace that they are for. @default this process's
 */
export async function loadNftRules(commands: string, networkNamespace?: string): Promise<void> {
  const inside = networkNamespace === undefined ? [] : ["nsenter", `--net=${networkNamespace}`];
  // nft 1.0.9 (Ubuntu 24.04) refuses to read from a socket, which is what Node.js gives a program as standard input.
  const { status, stderr } = await tryRunProgram([...inside, "sh", "-c", "cat | nft --file -"], { input: commands });
  if (status !== 0) throw new Error(`nft: ${stderr.trim()}`);
}
