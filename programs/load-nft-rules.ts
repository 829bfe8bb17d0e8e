import { tryRunProgram } from "./run-program";

/** Carries out commands of nft, all or none of them; rejects with its complaint. */
export async function loadNftRules(commands: string): Promise<void> {
  // nft 1.0.9 (Ubuntu 24.04) refuses to read from a socket, which is what Node.js gives a program as standard input.
  const { status, stderr } = await tryRunProgram(["sh", "-c", "cat | nft --file -"], { input: commands });
  if (status !== 0) throw new Error(`nft: ${stderr.trim()}`);
}
