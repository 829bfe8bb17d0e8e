import { posix } from "node:path";
import type { HostFile } from "../../cloud-init/host-file";
import type { HostImage } from "./host-image";

/** One program that knows what a file must look like. */
export interface FileTool {
  readonly name: string;
  readonly covers: (file: HostFile) => boolean;
  /** What the tool objects to in these files, which are on the host; empty: nothing. Each answer is a line of text. */
  readonly complaints: (host: HostImage, files: readonly HostFile[]) => string[];
}

const under =
  (...prefixes: string[]) =>
  (file: HostFile) =>
    prefixes.some((prefix) => file.path.startsWith(prefix));
const starts = (file: HostFile, line: string): boolean => String(file.content).startsWith(line);
const paths = (files: readonly HostFile[]): string => files.map(({ path }) => `'${path}'`).join(" ");

/** Every kind of file that goes to a host, with its tool. */
export const fileTools: readonly FileTool[] = [
  {
    name: "haproxy -c",
    covers: (file) => under("/etc/haproxy/", "/usr/share/infrastructure/")(file),
    complaints: (host) =>
      linesOf(
        host.run(`
          systemd-tmpfiles --create /etc/tmpfiles.d/*.conf
          set -a; . /etc/infrastructure/role.env
          haproxy -c -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/discovered
        `),
        // What a first start says: there is no state of an earlier one.
        /Can't open global server state file|\(\d+\) : haproxy version is|path to executable is/,
      ),
  },
  {
    name: "keepalived -t",
    covers: under("/etc/keepalived/"),
    complaints: (host) =>
      linesOf(
        host.run(
          "systemd-tmpfiles --create /etc/tmpfiles.d/*.conf; ip link add vx0 type veth peer name vx1; keepalived -t -l -D 2>&1",
        ),
      ),
  },
  {
    name: "nginx -t",
    covers: under("/etc/nginx/"),
    complaints: (host) => linesOf(host.run("nginx -t 2>&1"), /syntax is ok$|test is successful$/),
  },
  {
    name: "nft -c",
    covers: (file) => file.path.endsWith(".nft"),
    complaints: (host, files) =>
      files.flatMap(({ path }) => linesOf(host.run(`nft -c --define vpc_address=10.10.0.5 -f '${path}'`))),
  },
  {
    name: "systemd-analyze verify",
    covers: under("/etc/systemd/system/"),
    complaints: (host, files) => {
      const units = [...new Set(files.map(({ path }) => unitOf(path)))];
      return linesOf(
        host.run(`
          mkdir -p /run/systemd/system
          for unit in ${units.join(" ")}; do
            # A drop-in for a unit that only some droplets have (DigitalOcean's agent) needs something to stand on.
            find /etc/systemd/system /usr/lib/systemd/system -maxdepth 1 -name "$unit" | grep -q . ||
              printf '[Service]\\nExecStart=/bin/true\\n' >"/run/systemd/system/$unit"
          done
          # Exit status 0 does not mean well: unknown keys are only printed.
          systemd-analyze verify --man=no --recursive-errors=no ${units.join(" ")} 2>&1
        `),
      );
    },
  },
  {
    name: "shellcheck",
    // It knows by the first line which shell it is, and takes sh for one without the extensions of any.
    covers: (file) => starts(file, "#!/bin/sh\n") || starts(file, "#!/bin/bash\n"),
    complaints: (host, files) => linesOf(host.run(`shellcheck ${paths(files)}`)),
  },
  {
    name: "Python's compiler",
    covers: (file) => starts(file, "#!/usr/bin/env python3\n") || file.path.endsWith(".py"),
    complaints: (host, files) => linesOf(host.run(`python3 -W error -m py_compile ${paths(files)}`)),
  },
  {
    name: "jq",
    covers: (file) => file.path.endsWith(".json"),
    complaints: (host, files) => linesOf(host.run(`jq empty ${paths(files)}`)),
  },
  {
    name: "apt-config",
    covers: under("/etc/apt/apt.conf.d/"),
    complaints: (host) => linesOf(host.run("apt-config dump >/dev/null; unattended-upgrade --help >/dev/null")),
  },
  {
    name: "systemd-tmpfiles",
    covers: under("/etc/tmpfiles.d/"),
    complaints: (host, files) => linesOf(host.run(`systemd-tmpfiles --create ${paths(files)}`)),
  },
  {
    name: "the keys that systemd's own commented file lists",
    covers: under(...["journald", "resolved", "timesyncd"].map((name) => `/etc/systemd/${name}.conf.d/`)),
    complaints: (host, files) => files.flatMap((file) => unknownKeys(host, file)),
  },
  {
    name: "sshd -t",
    covers: under("/etc/ssh/sshd_config.d/"),
    complaints: (host) => linesOf(host.run("mkdir -p /run/sshd; ssh-keygen -A >/dev/null; sshd -t 2>&1")),
  },
  {
    name: "logrotate -d",
    covers: under("/etc/logrotate.d/"),
    complaints: (host, files) => linesOf(host.run(`logrotate --debug ${paths(files)} 2>&1 | grep '^error:' || true`)),
  },
  {
    name: "the form of an environment file",
    covers: (file) => file.path.endsWith(".env"),
    // Read by systemd, podman and sh: only what all three understand alike.
    complaints: (_, files) => files.flatMap((file) => badLines(file, /^(#.*|[A-Za-z_][A-Za-z0-9_]*=[^\s"'\\`]*)?$/)),
  },
  {
    name: "the form of a secret",
    covers: (file) => /\.(token|url)$/.test(file.path),
    complaints: (_, files) => files.flatMap((file) => badLines(file, /^\S+$|^$/)),
  },
  {
    name: "the form of a range of subordinate ids",
    covers: (file) => ["/etc/subuid", "/etc/subgid"].includes(file.path),
    complaints: (_, files) => files.flatMap((file) => badLines(file, /^[a-z_][a-z0-9_-]*:\d+:\d+$|^$/)),
  },
  {
    name: "pgbouncer",
    covers: under("/etc/infrastructure/pgbouncer.ini"),
    // It has no way to check only, and ends at once when it does not know a setting.
    complaints: (host, files) =>
      linesOf(
        host.run(`
          mkdir -p /run/database-endpoints && touch /run/database-endpoints/users
          printf '%s\\n' '[pgbouncer]' 'listen_port = 6432' 'unix_socket_dir = /tmp' '%include ${files[0]!.path}' >/tmp/pgbouncer.ini
          timeout 2 setpriv --reuid=postgres --regid=postgres --clear-groups pgbouncer /tmp/pgbouncer.ini 2>&1 |
            grep --extended-regexp ' (WARNING|ERROR|FATAL) ' || true
        `),
      ),
  },
  {
    name: "openssl",
    covers: (file) => file.path.endsWith(".pem"),
    complaints: (host, files) =>
      files.flatMap(({ path }) => linesOf(host.run(`openssl x509 -in '${path}' -noout 2>&1`))),
  },
  {
    name: "the form of a page",
    covers: (file) => under("/var/www/site/")(file) || file.path.endsWith(".html"),
    // A browser forgives; what is left to check is that it is text that ends.
    complaints: (_, files) =>
      files
        .filter(({ content }) => Buffer.isBuffer(content) || !content.endsWith("\n"))
        .map(({ path }) => `${path}: must be UTF-8 that ends in a newline`),
  },
];

/** The unit that a file in /etc/systemd/system belongs to. */
function unitOf(path: string): string {
  const directory = posix.basename(posix.dirname(path));
  return directory.endsWith(".d") ? directory.slice(0, -2) : posix.basename(path);
}

function linesOf(result: { status: number | null; stdout: string; stderr: string }, harmless = /^$/): string[] {
  const lines = `${result.stderr}${result.stdout}`.split("\n").filter((line) => line !== "" && !harmless.test(line));
  return result.status === 0 || lines.length > 0 ? lines : [`exit status ${result.status}`];
}

function badLines(file: HostFile, allowed: RegExp): string[] {
  return String(file.content)
    .split("\n")
    .flatMap((line, index) => (allowed.test(line) ? [] : [`${file.path}:${index + 1}: ${line}`]));
}

function unknownKeys(host: HostImage, file: HostFile): string[] {
  const name = posix.basename(posix.dirname(file.path)).replace(/\.d$/, "");
  const known = host.run(`cat /usr/lib/systemd/${name} /etc/systemd/${name} 2>/dev/null || true`).stdout;
  return String(file.content)
    .split("\n")
    .map((line) => /^([A-Za-z]+)=/.exec(line)?.[1])
    .filter((key) => key !== undefined && !new RegExp(`^#?${key}=`, "m").test(known))
    .map((key) => `${file.path}: unknown key ${key}`);
}
