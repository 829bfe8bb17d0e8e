"""The metrics endpoint of a database server: figures for Prometheus at https://NODE:PORT/metrics, with basic authentication.

The login is in /srv/metrics-login, USER:PASSWORD, and is read for each request. The names are those of Telegraf, with
which such services are watched. Processor, memory and disk are those of the machine, which all nodes share.

usage: metrics.py PORT SERVER_PORT PSQL
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import ssl
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOGIN = Path("/srv/metrics-login")
QUERY_SECONDS = 5
# A line of the answer for each row. A connection of replication, which the session is, does not count among the clients'.
FIGURES = """
WITH database AS (SELECT * FROM pg_database WHERE datallowconn)
SELECT format('postgresql_pg_stat_activity_conn_count{datname="%s"} %s', datname,
    (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid AND backend_type = 'client backend')) FROM database d
UNION ALL SELECT format('postgresql_database_size_database_size{datname="%s"} %s', datname, pg_database_size(oid))
  FROM database
UNION ALL SELECT format('postgresql_pg_stat_database_xact_commit{datname="%s"} %s', datname, xact_commit)
  FROM pg_stat_database WHERE datname IS NOT NULL
UNION ALL SELECT format('postgresql_pg_stat_database_deadlocks{datname="%s"} %s', datname, deadlocks)
  FROM pg_stat_database WHERE datname IS NOT NULL
UNION ALL SELECT format('postgresql_pg_stat_replication_bytes_diff{application_name="%s"} %s', application_name,
    pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn))
  FROM pg_stat_replication WHERE replay_lsn IS NOT NULL
"""


def read_database(port: str, psql: str) -> str:
    """Nothing while the server does not answer."""
    target = f"host=/srv/socket port={port} user=postgres dbname=postgres replication=database"
    command = [psql, "-XAtq", "-d", target, "-c", FIGURES]
    try:
        return subprocess.run(command, capture_output=True, check=True, text=True, timeout=QUERY_SECONDS).stdout
    except (subprocess.SubprocessError, OSError) as error:
        print(f"metrics: {error}", file=sys.stderr)
        return ""


def read_machine() -> str:
    memory = dict(line.split()[:2] for line in Path("/proc/meminfo").read_text().splitlines())
    disk = os.statvfs("/srv")
    # Since the machine booted: of each processor state, in this order user, nice, system, idle.
    times = [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    figures = {
        "cpu_usage_idle": 100 * times[3] / sum(times),
        "mem_available_percent": 100 * int(memory["MemAvailable:"]) / int(memory["MemTotal:"]),
        "disk_used_percent": 100 * (disk.f_blocks - disk.f_bfree) / disk.f_blocks,
        "system_load1": os.getloadavg()[0],
    }
    return "".join(f"{name} {value:.2f}\n" for name, value in figures.items())


def is_allowed(authorization: str) -> bool:
    try:
        given = base64.b64decode(authorization.removeprefix("Basic "), validate=True)
    except binascii.Error:
        return False
    login = LOGIN.read_bytes()
    return login != b"" and hmac.compare_digest(given, login)


class Endpoint(BaseHTTPRequestHandler):
    """One request."""

    timeout = 10

    def do_GET(self) -> None:
        if not is_allowed(self.headers.get("authorization", "")):
            self.answer(401, "")
        elif self.path != "/metrics":
            self.answer(404, "")
        else:
            self.answer(200, read_database(*sys.argv[2:]) + read_machine())

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        if status == 401:
            self.send_header("www-authenticate", 'Basic realm="metrics"')
        self.send_header("content-type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Every scrape would be a line."""


def main() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("/srv/tls/server.pem", "/srv/tls/server.key")
    server = ThreadingHTTPServer(("", int(sys.argv[1])), Endpoint)
    # Not while it accepts: one client that says nothing would keep all others out.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main()
