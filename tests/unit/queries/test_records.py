"""Which record a person means: the same for explain and history."""

from __future__ import annotations

import re

import pytest

from include.governance.errors import ConfigurationError
from include.governance.queries.records import RecordName, resolve

KNOWN = [
    RecordName("risk/credit", "credit", "governance://records/risk%2Fcredit", is_current=True),
    RecordName("old/credit", "credit", "governance://records/old%2Fcredit"),
    RecordName("a/twin", "twin", "governance://records/a%2Ftwin", is_current=True),
    RecordName("b/twin", "twin", "governance://records/b%2Ftwin", is_current=True),
    RecordName("gone", "past", "governance://records/gone"),
]


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("risk/credit", "risk/credit"),
        ("governance://records/old%2Fcredit", "old/credit"),
        ("credit", "risk/credit"),
        ("past", "gone"),
    ],
    ids=["key", "qualified name", "name: what the last run has comes first", "name of a record that is no more"],
)
def test_a_record_is_found(asked: str, key: str) -> None:
    assert resolve(KNOWN, asked) == key


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("twin", r"2 records are named 'twin'\. Give a key: a/twin, b/twin\."),
        ("risk/credt", "Did you mean: risk/credit"),
    ],
    ids=["ambiguous", "unknown"],
)
def test_what_is_not_one_record_is_refused_with_keys(asked: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        resolve(KNOWN, asked)
    assert re.search(words, str(refused.value))
