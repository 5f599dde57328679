"""What holds of every estate: order does not matter, stated keys never meet, evidence never takes apart."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import examples
from tests.unit.records.identity.subjects import identified, keys, tagged, version

PLACES, NAMES = ("s", "t", "ws"), ("a", "b", "c")
RUNS = [digit * 32 for digit in "123"]


@st.composite
def estates(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some versions of nine models in three places, with runs, copies and stated keys among them."""
    found = []
    for place in PLACES:
        for name in NAMES:
            stated = draw(st.sampled_from([None, None, None, "K1", "K2"]))
            for number in range(1, draw(st.integers(0, 2)) + 1):
                options: dict[str, Any] = {"run": draw(st.sampled_from([None, *RUNS]))}
                if draw(st.booleans()):
                    options["copied_from"] = f"{draw(st.sampled_from(PLACES))}://{draw(st.sampled_from(NAMES))}/1"
                found.append(version(f"{place}/{name}", number, **options, **(tagged(stated) if stated else {})))
    return found


def groups(found: dict[str, str]) -> set[frozenset[str]]:
    by_key: dict[str, set[str]] = {}
    for name, key in found.items():
        by_key.setdefault(key, set()).add(name)
    return {frozenset(group) for group in by_key.values()}


@given(estates(), st.randoms(use_true_random=False))
@examples(10, 200)
def test_the_order_of_the_input_does_not_matter(estate: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(estate)
    random.shuffle(shuffled)
    assert identified(estate) == identified(shuffled)


@given(estates())
@examples(10, 200)
def test_no_record_has_two_stated_keys_and_all_that_state_one_are_in_it(estate: list[dict[str, Any]]) -> None:
    found = keys(estate)
    for row in estate:
        if row["claim_key"]:
            assert found[row["qualified_name"]] == row["claim_key"]


@given(estates())
@examples(10, 200)
def test_two_keys_are_told_wherever_evidence_speaks_against_them(estate: list[dict[str, Any]]) -> None:
    unclaimed = [{**row, "claim_key": None, "claim_rule": None, "claim_level": None} for row in estate]
    joined, found = keys(unclaimed), identified(estate)
    stated: dict[str, set[str]] = {}
    for row in estate:
        if row["claim_key"]:
            stated.setdefault(joined[row["qualified_name"]], set()).add(row["claim_key"])
    if any(len(claims) > 1 for claims in stated.values()):
        assert any(row["contradiction"] for row in found.values())


@given(estates(), st.sampled_from(PLACES), st.sampled_from(NAMES))
@examples(10, 200)
def test_a_further_link_never_takes_records_apart(estate: list[dict[str, Any]], place: str, name: str) -> None:
    unclaimed = [{**row, "claim_key": None, "claim_rule": None, "claim_level": None} for row in estate]
    before = groups(keys(unclaimed))
    after = groups(keys(unclaimed, {"models": [{"source": "s", "model": "a", "links": [f"{place}://{name}"]}]}))
    assert all(any(group <= larger for larger in after) for group in before)


@given(estates(), st.sampled_from(PLACES), st.sampled_from(NAMES))
@examples(10, 200)
def test_what_a_person_told_apart_is_never_one_record(estate: list[dict[str, Any]], place: str, name: str) -> None:
    if (place, name) == ("s", "a"):
        return
    free = [{**row, "claim_key": None, "claim_rule": None, "claim_level": None} for row in estate]
    found = keys(free, {"models": [{"source": "s", "model": "a", "splits": [f"{place}://{name}"]}]})
    own = {key for version, key in found.items() if version.startswith("s://a/")}
    other = {key for version, key in found.items() if version.startswith(f"{place}://{name}/")}
    assert not own & other


@given(estates())
@examples(10, 200)
def test_a_second_sync_keeps_every_key(estate: list[dict[str, Any]]) -> None:
    first = keys(estate)
    assert keys(estate, known={name: (key, 1) for name, key in first.items()}) == first
