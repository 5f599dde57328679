"""The report as one self-contained HTML page: nothing is loaded from elsewhere, everything from a source is untrusted.

Three things keep it so, each on its own: every value is escaped (`autoescape`), every value passes `_visible` before
it is written (`finalize`), and the page's content security policy lets only its own script run, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .collections import grouped
from .document import Document

# What one page shows at most; all of it is in report.json.
LIMITS = {
    "records": 500,
    "findings_per_rule": 100,
    "rows": 200,
    "references": 20,
    "since_last": 20,
    "rights": 3,
    "name": 120,
}
_LONGEST_TEXT = 2_000
# Characters that turn the direction of writing, or show as nothing, make one name look like another.
# Line breaks are harmless; the joiners belong into many scripts and into emoji.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_HARMLESS = frozenset("\n\t\u200c\u200d")


def render(document: Document) -> str:
    """The page. A sync that broke off has a page, too."""
    return _environment().get_template("report.html.j2").render(report=document, limits=LIMITS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("include.governance.reports", "templates"),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "counted": counted,
        "duration": duration,
        "grouped": grouped,
        "link": web_address,
        "number": number,
        "short": short,
        "took": took,
        "when": when,
    }
    for name in ("script.js", "style.css"):
        # our own files, so not to be escaped
        source = environment.loader.get_source(environment, name)[0] if environment.loader else ""
        environment.globals[name.replace(".", "_")] = Markup(source)  # noqa: S704
        environment.globals[f"{name.split('.')[0]}_hash"] = _hash(source)
    return environment


def web_address(value: Any) -> str:
    """The address if it is http or https, spotless and names no user, else "": the page then shows the text alone."""
    address = value if isinstance(value, str) else ""
    if len(address) > _LONGEST_TEXT or any(_hidden(char) or char.isspace() for char in address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc else ""


def number(value: Any) -> str:
    """12345 -> 12,345."""
    return f"{value:,}"


def counted(value: int, one: str, many: str = "") -> str:
    """3, "finding" -> 3 findings."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def short(value: Any, most: int = LIMITS["name"]) -> str:
    """A name cut to what a table can hold."""
    text = str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def duration(seconds: float) -> str:
    """0.24 -> 0.2 s, 75 -> 1 min 15 s."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def when(value: str) -> str:
    """An ISO 8601 time as 2026-11-24 00:48:21 UTC; anything else as it is."""
    at = _parsed(value)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else value


def took(document: Document) -> str:
    """How long the run took; empty where its times are not known."""
    start, end = _parsed(document.started_at), _parsed(document.finished_at)
    return duration((end - start).total_seconds()) if start and end and end >= start else ""


def _parsed(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _visible(value: Any) -> Any:
    """Control, direction and invisible characters as their code, endless text cut. Markup is our own and passes."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = value
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}… ({len(value):,} characters)"
    if not any(_hidden(char) for char in text):
        return text
    return "".join(f"[U+{ord(char):04X}]" if _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN and char not in _HARMLESS


def _hash(source: str) -> str:
    """For the content security policy: over the inline text exactly as it is between its tags."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
