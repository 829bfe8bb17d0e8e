/** A file as it will stand on a host. */
export interface HostFile {
  /** Absolute path on the host. */
  readonly path: string;
  /** Text, which may hold late values, or bytes. */
  readonly content: string | Buffer;
  /** Octal, as cloud-init wants it. @default "0644", "0755" for programs */
  readonly permissions?: string;
  /** `user` or `user:group`; both must exist before packages are installed. @default "root:root" */
  readonly owner?: string;
  /** Bytes to keep free in the user-data for each late value of this file. @default 128 */
  readonly reserveBytes?: number;
}

/** Directories whose files are programs, modules of Python excepted; everything else is data. */
const programDirectories = ["/usr/local/bin/", "/usr/local/sbin/", "/usr/local/lib/infrastructure/"];

/**
 * Permissions of a file that does not say: by its path and not by the mode it has in a checkout, which differs between
 * platforms and would replace droplets.
 */
export function defaultPermissions(path: string): string {
  const program = programDirectories.some((directory) => path.startsWith(directory)) && !path.endsWith(".py");
  return program ? "0755" : "0644";
}
