"""Gives the HAProxy process that runs other servers, through its admin socket and without a reload.

A reload starts a new process. What goes through the old one is cut when that has to end, and no check watches over it.

What HAProxy 3.0 can do at run time decides how (tried out; management guide, "add server"):
- A server that is added takes nothing from `default-server`, cannot have `tcp-ut`, and no other one can `track` it. So
  servers that need these are in the file from the start, as slots: `set server` gives a slot its address and its work.
- All others are added and deleted under a name of their own.
An agent may end a maintenance, so it is turned off first. A server that comes out of one is taken for healthy.
"""

import csv
import re
import socket
from dataclasses import dataclass

# What the answers of HAProxy look like when it did what it was told.
DONE = re.compile(r"|IP changed .*|port changed .*|no need to change .*|nothing changed|New server registered\.|Server deleted\.")
# Bits of srv_admin_state, srv_check_state and srv_agent_state.
FORCED_MAINTENANCE, CONFIGURED, ENABLED = 1, 2, 4
TIME_LIMIT_SECONDS = 5


class Refused(Exception):
    """HAProxy does not do at run time what is wanted of it."""


@dataclass(frozen=True)
class Server:
    """A row of "show servers state"."""
    address: str
    port: int
    in_maintenance: bool
    usable: bool  # up, neither draining nor in maintenance
    has_check: bool
    has_agent: bool
    asks_agent: bool


Servers = dict[str, dict[str, Server]]


class RunningHaproxy:
    """Methods raise OSError when the socket is not there or does not answer."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(TIME_LIMIT_SECONDS)
            admin.connect(self.path)
            admin.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: admin.recv(65536), b"")).decode().rstrip("\n")

    def tell(self, command: str) -> None:
        answer = self.ask(command).strip()
        if not DONE.fullmatch(answer):
            raise Refused(f"{command}: {answer}")

    def process(self) -> str:
        """Its number; empty when no process answers."""
        try:
            return re.findall(r"^Pid: (\d+)", self.ask("show info"), flags=re.M)[0]
        except (OSError, IndexError):
            return ""

    def state(self) -> list[list[str]]:
        """Columns: management guide, "show servers state"."""
        return [line.split() for line in self.ask("show servers state").splitlines()[2:]]

    def servers(self) -> Servers:
        found: Servers = {}
        for row in self.state():
            admin, check, agent = int(row[6]), int(row[13]), int(row[14])
            found.setdefault(row[1], {})[row[3]] = Server(
                address=row[4], port=int(row[18]), in_maintenance=bool(admin & FORCED_MAINTENANCE),
                # Up (2). That a server was once disabled by the file (4) means nothing any more.
                usable=row[5] == "2" and not admin & ~4, has_check=bool(check & CONFIGURED),
                has_agent=bool(agent & CONFIGURED), asks_agent=bool(agent & ENABLED))
        return found

    def statistics(self) -> list[dict[str, str]]:
        """Of each server, by the names of the columns."""
        return list(csv.DictReader(self.ask("show stat -1 4 -1").removeprefix("# ").splitlines()))

    def busy(self) -> set[tuple[str, str]]:
        """Backend and name of the servers that something still goes through."""
        return {(row["pxname"], row["svname"]) for row in self.statistics() if int(row["scur"]) > 0}

    def fill_map(self, path: str, wanted: dict[str, str]) -> bool:
        """All at once, if it is anything else: whether it was."""
        if dict(line.split()[1:3] for line in self.ask(f"show map {path}").splitlines()) == wanted:
            return False
        version = self.ask(f"prepare map {path}").split()[-1]
        for key, value in wanted.items():
            self.tell(f"add map @{version} {path} {key} {value}")
        self.tell(f"commit map @{version} {path}")
        return True

    def fill_slots(self, backend: str, wanted: dict[str, str], port: int, servers: dict[str, Server]) -> None:
        """`wanted`: the addresses of the slots that are to be used. All others are freed; their connections go on."""
        missing = wanted.keys() - servers.keys()
        if missing:
            raise Refused(f"{backend}: has no {', '.join(sorted(missing))}")
        others_serve = any(server.usable and server.address == wanted.get(name) for name, server in servers.items())
        for name, server in servers.items():
            if (server.address, server.port, server.in_maintenance) == (wanted.get(name), port, False):
                continue
            if server.asks_agent:
                self.tell(f"disable agent {backend}/{name}")
            if not server.in_maintenance:
                self.tell(f"set server {backend}/{name} state maint")
            if name not in wanted:
                continue
            # Closes the idle connections to where the slot led before.
            self.tell(f"set server {backend}/{name} addr {wanted[name]} port {port}")
            if server.has_agent:
                self.tell(f"enable agent {backend}/{name}")
            # Its droplet may still boot: it comes up when its checks pass; but not where nobody at all would then serve.
            down = f"; set server {backend}/{name} health down" if server.has_check and others_serve else ""
            self.tell(f"set server {backend}/{name} state ready{down}")

    def add_and_delete(self, backend: str, wanted: dict[str, str], port: int, options: str,
                       servers: dict[str, Server]) -> None:
        """`wanted`: the addresses of the servers by name."""
        for name, address in wanted.items():
            server = servers.get(name)
            if server is None:
                self.tell(f"add server {backend}/{name} {address}:{port} {options}".rstrip())
            elif (server.address, server.port) != (address, port):
                self.tell(f"set server {backend}/{name} addr {address} port {port}")
            if server is None or server.in_maintenance:
                self.tell(f"set server {backend}/{name} state ready")
        for name, server in servers.items():
            if name not in wanted:
                if not server.in_maintenance:
                    self.tell(f"set server {backend}/{name} state maint")
                # Refused while a request goes through it. Then it stays, unused, and a later round tries again.
                self.ask(f"del server {backend}/{name}")
