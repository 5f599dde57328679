"""The report's table of rights."""

from __future__ import annotations

import pandas as pd

from include.governance.model import json_text
from include.governance.model.tables import FINDINGS, VERDICTS
from include.governance.reports.run import text
from include.governance.reports.run.access import access_rows
from include.governance.reports.run.links import CatalogLinks
from include.governance.staging.judgement import Judgement
from tests.support.azure_estates import access_row, records_of
from tests.unit.reports import shapes


class Links(CatalogLinks):
    """Every asset has a page."""

    def __init__(self) -> None:
        """Without a workspace."""

    def named(self, qualified_name: str) -> str:
        return f"to {qualified_name}"


def judged(*findings: tuple[str, str]) -> Judgement:
    made = [{**dict.fromkeys(FINDINGS.names), "rule": rule, "subject": subject} for rule, subject in findings]
    return Judgement(pd.DataFrame(made, columns=FINDINGS.names), VERDICTS.empty_table().to_pandas())


def test_the_widest_rights_first_then_what_breaks_a_rule() -> None:
    rights = json_text.dump(["Owner on subscription S"])
    records = records_of(
        [
            access_row("azure://a", label="a"),
            access_row("azure://b", label="b"),
            access_row("azure://c", label="c", width=90, rights_json=rights, broad_rights="Owner on subscription S"),
        ]
    )
    judgement = judged(("access.static_key", "azure://b"), ("ownership.owner.missing", "azure://a"))
    found = access_rows(records, judgement, Links())
    assert [(row.label, row.rules) for row in found] == [("c", []), ("b", ["access.static_key"]), ("a", [])]
    assert (found[0].rights, found[0].link) == (["Owner on subscription S"], "to azure://c")


def test_nothing_was_resolved() -> None:
    assert access_rows(None, None, Links()) == []
    assert access_rows(records_of(), None, Links()) == []


def test_a_terminal_shows_what_breaks_a_rule() -> None:
    lines = text.render(shapes.azure()).split("\n")
    assert "Access    3 endpoints, deployments and agents, 2 of them with findings" in lines
    (agent,) = [line for line in lines if line.startswith("  agent ")]
    assert "refund-desk" in agent
    assert agent.endswith("at least Contributor on subscription Data Science")
