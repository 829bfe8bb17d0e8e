"""The page as HTML. Whatever comes from outside passes `escape` here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from string import Template

from database import MAX_COUNTED, Entry, Reading, Server

PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
TITLES = {400: "That could not be accepted", 404: "Nothing here", 503: "Not available right now"}


@dataclass(frozen=True)
class View:
    """All that the page shows. Without `reading` there is a `read_problem`, without `primary` a `write_problem`."""

    hops: dict[str, str | None]
    request_id: str | None
    reading: Reading | None
    read_problem: str
    primary: Server | None
    write_problem: str
    notice: str
    name: str
    message: str
    max_name: int
    max_message: int


def render_page(view: View) -> str:
    return PAGE.substitute(
        notice=f'<p class="notice" role="status">{escape(view.notice)}</p>' if view.notice else "",
        hops=render_hops(view.hops),
        databases=render_database("Reads", view.reading and view.reading.server, view.read_problem)
        + render_database("Writes", view.primary, view.write_problem),
        count=render_count(view.reading),
        entries=render_entries(view.reading) if view.reading else render_closed(view.read_problem),
        form=render_form(view) if view.primary or view.message else render_closed(
            f"{view.write_problem} Reading still works; new entries are taken again as soon as it is back."
            if view.reading else view.write_problem),
        request=f"Request {escape(view.request_id)}" if view.request_id else "",
    )


def render_hops(hops: dict[str, str | None]) -> str:
    kinds = [("Edge", hops["edge"]), ("Load balancer", hops["loadBalancer"]), ("Web node", hops["webNode"]),
             ("App node", hops["appNode"])]
    return "".join(
        f'<li{"" if name else " class=absent"}><span>{kind}</span><b>{escape(name or "not on the way")}</b></li>'
        for kind, name in kinds)


def render_database(use: str, server: Server | None, problem: str) -> str:
    if server is None:
        return f'<li class="down"><span>{use}</span><b>unavailable</b><em>{escape(problem)}</em></li>'
    return (f'<li class="{server.role}"><span>{use}</span><b>{escape(server.name)}</b>'
            f"<em>{server.role}{render_lag(server)}</em></li>")


def render_lag(server: Server) -> str:
    if server.role == "primary":
        return ""
    if not server.receiving:
        return ", cut off from its primary"
    if server.lag_seconds is None:
        return ", lag unknown"
    return ", up to date" if server.lag_seconds == 0 else f", {server.lag_seconds:.1f} s behind"


def render_count(reading: Reading | None) -> str:
    if reading is None:
        return ""
    return f"more than {MAX_COUNTED}" if reading.count > MAX_COUNTED else f"{reading.count} in all"


def render_entries(reading: Reading) -> str:
    if not reading.entries:
        return '<p class="empty">Nobody has written yet. Be the first.</p>'
    return f'<ol class="entries">{"".join(map(render_entry, reading.entries))}</ol>'


def render_entry(entry: Entry) -> str:
    return (f'<li id="entry-{entry.id}"><p>{escape(entry.message)}</p><footer><b>{escape(entry.name)}</b> '
            f'<time datetime="{entry.created_at.isoformat()}">{render_age(entry.created_at)}</time> '
            f"via {escape(entry.app_node)}</footer></li>")


def render_age(then: datetime) -> str:
    seconds = (datetime.now(timezone.utc) - then).total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now"


def render_form(view: View) -> str:
    return (
        '<form method="post" action="/">'
        f'<label>Name <input name="name" required maxlength="{view.max_name}" autocomplete="nickname" '
        f'value="{escape(view.name)}"></label>'
        f'<label>Message <textarea name="message" required rows="4" maxlength="{view.max_message}">'
        # The parser drops a first line break.
        f"\n{escape(view.message)}</textarea></label>"
        "<button>Sign the guest book</button></form>")


def render_closed(problem: str) -> str:
    return f'<p class="closed">{escape(problem)}</p>'


def render_problem(status: int, message: str) -> str:
    title = TITLES.get(status, "That did not work")
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{title}</title><link rel="stylesheet" href="/assets/demo.css"></head><body class="problem">'
            f'<main><h1>{title}</h1><p>{escape(message)}</p><p><a href="/">To the guest book</a></p></main>'
            "</body></html>\n")
