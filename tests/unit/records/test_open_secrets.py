"""What a version's evidence says of secrets: its own, its model's and its run's."""

from __future__ import annotations

from include.governance.records.evidence.versions import _secrets_where
from include.governance.sources.secrets import secrets_of


def test_whose_secret_it_is() -> None:
    row = {
        "secrets_where": "tag note: GitHub Token",
        "model_secrets_where": None,
        "run_secrets_where": "parameter db_password: named password; input train.uri: named sig",
    }
    assert _secrets_where(row) == (
        "tag note: GitHub Token; its run's parameter db_password: named password; its run's input train.uri: named sig"
    )
    assert _secrets_where(dict.fromkeys(row)) is None


def test_several_rows_as_one() -> None:
    none = {"secrets_removed": 0, "secrets_where": None}
    one = {"secrets_removed": 2, "secrets_where": "address of a dataset: named sig"}
    assert secrets_of([none, one, one]) == {"secrets_removed": 4, "secrets_where": "address of a dataset: named sig"}
    assert secrets_of([none, {"secrets_removed": None, "secrets_where": None}]) == none
