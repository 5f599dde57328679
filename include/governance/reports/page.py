"""The report as one self-contained HTML page: no script from elsewhere, everything from a source escaped."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(document: dict[str, Any]) -> str:
    environment = Environment(
        loader=PackageLoader("include.governance.reports", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(report=document)
