import { UserError } from "../../programs/user-error";

/** Throws unless this process is root's. */
export function requireRoot(command: string): void {
  if (process.getuid?.() !== 0)
    throw new UserError(
      `${command}: needs root, because droplets are machines in namespaces of their own; try: sudo npm run local\n` +
        "without root these work: npm run test:unit, npx cdktf synth",
    );
}
