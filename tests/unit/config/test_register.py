"""The register: people, entries, waivers, and several files that merge into one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from include.governance.config import load
from include.governance.config.merge import load_register
from include.governance.config.register import Register, Waiver, waiver_of
from include.governance.errors import ConfigurationError

SETTINGS = 'sources: [{name: one, uri: "x"}]\ncatalog: {url: "http://localhost:21000"}\n'
WHOLE = {
    "people": [
        {"id": "ana@example.com", "name": "Ana", "known_as": ["aruiz", "CORP\\aruiz"]},
        {"id": "team-fraud", "group": True, "members": ["ana@example.com"], "known_as": ["fraud-*"]},
        {"id": "team-fraud-eu", "group": True, "known_as": ["fraud-eu-*"]},
    ],
    "use_cases": [{"id": "UC-1", "name": "One"}, {"id": "UC-2", "name": "Two"}],
    "models": [
        {"source": "s", "model": "m", "owner": "aruiz", "intended_use": "screening", "splits": ["mlflow://s/models/n"]},
        {"asset": "azure://subscriptions/1/w/models/m", "record": "r", "formerly": ["old/m"]},
        {
            "record": "whole",
            "use_case": "UC-1",
            "dismissed": [{"record": "x", "by": "ana", "reason": "another market"}],
        },
    ],
    "agents": [{"source": "s", "agent": "m", "owner": "tom"}],
    "waivers": [{"rule": "evaluation.*", "record": "s/*", "by": "risk", "reason": "new metric", "until": "2026-06-30"}],
}


def write(folder: Path, register: Any, name: str = "register.yaml", settings: str = SETTINGS) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(register if isinstance(register, str) else yaml.safe_dump(register))
    (folder / "governance.yaml").write_text(settings)
    return folder / "governance.yaml"


def refused(folder: Path, register: Any) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load(write(folder, register))
    assert raised.value.exit_code == 2
    assert raised.value.remedy
    return raised.value.message


def test_everything_that_is_written_is_read(tmp_path: Path) -> None:
    register = load(write(tmp_path, WHOLE)).register
    assert register.entry_of("s", "m").owner == "aruiz"  # type: ignore[union-attr]
    assert register.entry_of("s", "m", kind="agent").owner == "tom"  # type: ignore[union-attr]
    assert register.entry_of("azure", "m", ["azure://subscriptions/1/w/models/m"]).record == "r"  # type: ignore[union-attr]
    assert register.entry_of_record("whole").use_case == "UC-1"  # type: ignore[union-attr]
    assert register.entry_of("t", "m") is None
    assert register.renamed() == {"old/m": "r"}
    assert register.waivers[0].until == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("identity", "person"),
    [
        ("aruiz", "ana@example.com"),
        ("ANA@example.com", "ana@example.com"),
        ("corp\\ARUIZ", "ana@example.com"),
        ("fraud-lisbon", "team-fraud"),
        ("fraud-eu-1", "team-fraud-eu"),  # the longer pattern says more
        ("someone", None),
    ],
)
def test_the_surest_person_counts(identity: str, person: str | None) -> None:
    found = Register.model_validate(WHOLE).person(identity)
    assert (found.id if found else None) == person


FAULTS = {
    "a waiver without an end": (
        {"waivers": [{"rule": "a", "record": "b", "by": "c", "reason": "d"}]},
        "waivers[0].until",
    ),
    "a waiver without a reason": (
        {"waivers": [{"rule": "a", "record": "b", "by": "c", "until": "2026-01-01"}]},
        "waivers[0].reason",
    ),
    "a waiver with an empty reason": (
        {"waivers": [{"rule": "a", "record": "b", "by": "c", "reason": "  ", "until": "2026-01-01"}]},
        "waivers[0].reason",
    ),
    "a waiver of nothing": (
        {"waivers": [{"rule": "a", "by": "c", "reason": "d", "until": "2026-01-01"}]},
        "give record or subject",
    ),
    "a source without a model": ({"models": [{"source": "s", "owner": "x"}]}, "source and model belong together"),
    "about nothing": ({"models": [{"owner": "x"}]}, "name what it is about"),
    "linked and split": ({"models": [{"record": "r", "links": ["a"], "splits": ["a"]}]}, "in links and in splits"),
    "one model twice": ({"models": [{"source": "s", "model": "m"}] * 2}, "s/m is listed twice"),
    "members of a person": ({"people": [{"id": "a", "members": ["b"]}]}, "group: true"),
    "a name of two people": (
        {"people": [{"id": "a", "known_as": ["X"]}, {"id": "b", "known_as": ["x"]}]},
        "known_as x is listed twice",
    ),
    "a dismissal without a reason": (
        {"models": [{"record": "r", "dismissed": [{"record": "x", "by": "a"}]}]},
        "reason",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_stand_is_refused_with_its_place(tmp_path: Path, fault: str) -> None:
    register, words = FAULTS[fault]
    message = refused(tmp_path, register)
    assert str(tmp_path / "register.yaml") in message
    assert words in message


def test_a_register_that_is_named_and_not_there_is_said(tmp_path: Path) -> None:
    config = write(tmp_path, "", settings=SETTINGS + "register: people.yaml\n")
    with pytest.raises(ConfigurationError, match=r"governance\.yaml:register: there is no register at .*people\.yaml"):
        load(config)


def test_without_a_register_there_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "governance.yaml").write_text(SETTINGS)
    assert load(tmp_path / "governance.yaml").register == Register()


def test_the_same_id_in_two_files_names_both_and_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    write(folder, {"use_cases": [{"id": "UC-9", "name": "x"}, {"id": "UC-1", "name": "One"}]}, "b.yaml")
    write(folder, {"use_cases": [{"id": "UC-1", "name": "Uno"}]}, "a.yaml")
    (folder / "governance.yaml").unlink()
    with pytest.raises(ConfigurationError) as raised:
        load(write(tmp_path, "", "other.yaml", SETTINGS + "register: register\n"))
    assert f"{folder / 'b.yaml'}:use_cases[1]" in raised.value.message
    assert f"{folder / 'a.yaml'}:use_cases[0]" in raised.value.message
    assert "UC-1" in raised.value.message


def test_a_fault_in_one_of_several_files_names_it(tmp_path: Path) -> None:
    write(tmp_path / "register", {"people": [{"id": "a"}]}, "a.yaml")
    write(tmp_path / "register", {"people": [{"id": "b", "nick": "x"}]}, "b.yml")
    (tmp_path / "register" / "governance.yaml").unlink()
    with pytest.raises(ConfigurationError, match=r"b\.yml:people\[0\]\.nick"):
        load_register(tmp_path / "register")


def test_the_fingerprint_moves_with_every_file_of_the_register(tmp_path: Path) -> None:
    config = write(tmp_path, "", "other.yaml", SETTINGS + "register: parts\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.yaml").write_text("people: [{id: a}]")
    before = load(config).fingerprint()
    (tmp_path / "parts" / "b.yaml").write_text("people: [{id: b}]")
    assert load(config).fingerprint() != before


@given(
    ids=st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=12),
    files=st.lists(st.sampled_from(["a.yaml", "b.yaml", "c.yml"]), min_size=12, max_size=12),
    data=st.data(),
)
def test_how_entries_are_spread_over_files_says_nothing(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str], files: list[str], data: st.DataObject
) -> None:
    """Any entries in any files in any order: the same register, and the same person for every name."""
    entries = [{"id": name, "known_as": [f"{name}?*"]} for name in ids]
    folder = tmp_path_factory.mktemp("register")
    for file in set(files):
        own = [entry for entry, its_file in zip(entries, files, strict=False) if its_file == file]
        (folder / file).write_text(yaml.safe_dump({"people": data.draw(st.permutations(own))}))
    merged, at_once = load_register(folder), Register.model_validate({"people": entries})
    assert {person.id: person for person in merged.people} == {person.id: person for person in at_once.people}
    for name in (*ids, "abc", "abcd", "ffff"):
        assert merged.person(name) == at_once.person(name)


DAY = date(2026, 3, 3)


@given(days=st.integers(-400, 400))
def test_a_waiver_ends_by_itself(days: int) -> None:
    waiver = Waiver(rule="a.b", record="r", by="risk", reason="why", until=DAY + timedelta(days))
    holding, expired = waiver_of([waiver], "a.b", "r", "x", DAY)
    assert (holding, expired) == ((waiver, None) if days >= 0 else (None, waiver))
    assert all(word in waiver.in_words() for word in (str(waiver.until), "risk", "why"))


@pytest.mark.parametrize(
    ("record", "subject", "rule", "covered"),
    [
        ("s/m", "", "evaluation.metrics.missing", True),
        ("s/*", "", "evaluation.metrics.missing", True),
        ("other/*", "", "evaluation.metrics.missing", False),
        ("", "mlflow://s/models/m/versions/1", "evaluation.metrics.missing", True),
        ("", "mlflow://s/models/m/versions/2", "evaluation.metrics.missing", False),
        ("s/m", "mlflow://s/models/m/versions/2", "evaluation.metrics.missing", False),
        ("s/m", "", "ownership.owner.missing", False),
    ],
    ids=[
        "record",
        "pattern",
        "another pattern",
        "version",
        "another version",
        "record and another version",
        "another rule",
    ],
)
def test_a_waiver_covers_what_it_names(record: str, subject: str, rule: str, covered: bool) -> None:
    waiver = Waiver(rule="evaluation.*", record=record, subject=subject, by="a", reason="b", until=DAY)
    assert waiver.covers(rule, "s/m", "mlflow://s/models/m/versions/1") is covered


def test_a_key_with_the_signs_of_a_pattern_is_itself() -> None:
    waiver = Waiver(rule="a", record="s/m[1]", by="a", reason="b", until=DAY)
    assert waiver.covers("a", "s/m[1]", "")


def test_of_several_waivers_the_longest_counts() -> None:
    short, long = (
        Waiver(rule="a", record="r", by=by, reason="b", until=DAY + timedelta(days))
        for by, days in (("x", 1), ("y", 9))
    )
    assert waiver_of([long, short], "a", "r", "", DAY) == (long, None)


def test_a_waiver_is_checked_in_code_too() -> None:
    with pytest.raises(ValidationError):
        Waiver.model_validate({"rule": "a", "record": "r", "by": "x", "reason": "y"})
