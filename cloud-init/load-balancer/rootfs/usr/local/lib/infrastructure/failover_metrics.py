"""What hold-reserved-ip knows, as a text file for a Prometheus node exporter (its collector `textfile`).

Gauges say what is now, counters what has happened since this program started. The file is replaced as a whole, so a
reader never sees half of it; how old it is, the exporter tells by itself (node_textfile_mtime_seconds).
"""

import os
import time
from typing import Any

FILE = "hold-reserved-ip.prom"
ROLES = ("MASTER", "BACKUP", "FAULT")
# By the event of a log line.
COUNTERS = {
    "vrrp": ("transitions", "Changes of the VRRP role"),
    "claim": ("claims", "Assignments of the reserved IP to this node that were asked for"),
    "claimed": ("claims_completed", "Assignments to this node that completed"),
    "refused": ("refusals", "Questions and assignments that the API refused or did not answer, or that failed later"),
    "too-late": ("claims_given_up", "Claims that were given up because too much time had passed"),
    "deposed": ("deposed", "Times that another node took the address from this one while it was healthy"),
    "not-served": ("not_served", "Half minutes in which nobody was seen to serve the address"),
    "alert": ("alerts", "States that a person has to look at"),
}
ERROR_LEVEL = 4  # warning, as in syslog


class Metrics:
    """Keeps the figures and writes them whenever they change."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, FILE)
        self.counts = dict.fromkeys(COUNTERS, 0)
        self.state: dict[str, Any] = {}
        self.last_error: tuple[str, float] | None = None

    def event(self, level: int, event: str) -> None:
        if event in self.counts:
            self.counts[event] += 1
        if level <= ERROR_LEVEL:
            self.last_error = (event, time.time())
        self.write()

    def publish(self, state: dict[str, Any]) -> None:
        self.state = state
        self.write()

    def render(self) -> str:
        role, active = self.state.get("vrrp"), self.state.get("active")
        lines = gauge("role", "VRRP role of this node", {f'role="{one.lower()}"': one == role for one in ROLES})
        lines += gauge("held", "Metadata says that this node holds the address", {"": active is True})
        lines += gauge("metadata_readable", "Metadata answers", {"": active is not None})
        lines += gauge("haproxy_alive", "HAProxy of this node answers", {"": bool(self.state.get("alive"))})
        lines += gauge("draining", "This node is being taken out of service", {"": bool(self.state.get("draining"))})
        for event, (name, help_text) in COUNTERS.items():
            lines += metric(f"{name}_total", "counter", help_text, {"": self.counts[event]})
        if self.last_error is not None:
            event, at = self.last_error
            lines += metric("last_error_timestamp_seconds", "gauge", "When something last went wrong, and what",
                            {f'event="{event}"': round(at, 3)})
        return "\n".join(lines) + "\n"

    def write(self) -> None:
        # Not in the way of a failover: a full disk costs the figures, nothing else.
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            # The exporter reads only names that end in .prom.
            with open(f"{self.path}.new", "w", encoding="utf-8") as file:
                file.write(self.render())
            os.chmod(f"{self.path}.new", 0o644)
            os.replace(f"{self.path}.new", self.path)
        except OSError:
            pass


def gauge(name: str, help_text: str, values: dict[str, bool]) -> list[str]:
    return metric(name, "gauge", help_text, {labels: int(value) for labels, value in values.items()})


def metric(name: str, kind: str, help_text: str, values: dict[str, float]) -> list[str]:
    full = f"reserved_ip_{name}"
    samples = [f"{full}{{{labels}}} {value}" if labels else f"{full} {value}" for labels, value in values.items()]
    return [f"# HELP {full} {help_text}", f"# TYPE {full} {kind}", *samples]
