import { UserError } from "../../programs/user-error";

/** Throws unless this process is root's. */
export function requireRoot(command: string): void {
  if (process.getuid?.() !== 0)
    throw new UserError(
      `${command}: needs root, because droplets are machines in namespaces of their own; try: sudo ./run local\n` +
        "without root these work: ./run npm run test:unit, ./run npx cdktf synth",
    );
}
