"""The page as text: its small functions, and what must hold before any browser looks at it."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from include.governance.config.connections import without_credentials
from include.governance.reports.run import page
from include.governance.reports.run.document import Document
from tests.unit.reports import shapes
from tests.unit.reports.shapes import ENTITY_MAPPINGS


@pytest.mark.parametrize("shape", ENTITY_MAPPINGS)
def test_renders_every_shape_also_as_read_back_from_json(shape: str) -> None:
    document = ENTITY_MAPPINGS[shape]()
    shown = page.render(document)
    assert shown == page.render(Document.from_json(json.loads(json.dumps(document.as_json()))))
    assert shown.startswith("<!doctype html>")
    assert document.run_id in shown


def test_the_policy_names_the_very_script_and_style_of_the_page() -> None:
    shown = page.render(shapes.ok())
    for tag in ("script", "style"):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", shown, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}" in shown or f"{tag}-src 'sha256-{digest}" in shown


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("http://atlas:21000/index.html#!/x?y=1", "http://atlas:21000/index.html#!/x?y=1"),
        ("HTTPS://atlas.example", "HTTPS://atlas.example"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        (" javascript:alert(1)", ""),
        ("java\tscript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("//evil.example", ""),
        ("http:", ""),
        ("http://[broken", ""),
        ("https://good.example/\u202egnp.exe", ""),
        ("https://admin:secret@atlas.example/", ""),
        ("https://good.example@evil.example/", ""),
        ("https://x/" + "a" * 3000, ""),
        ("sqlite:////data/mlflow.db", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
    ids=map(str, range(18)),
)
def test_clean_addresses_become_links(value: object, address: str) -> None:
    assert page.web_address(value) == address


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0.0 s"), (59.94, "59.9 s"), (75, "1 min 15 s"), (7325, "2 h 2 min")]
)
def test_durations(seconds: float, shown: str) -> None:
    assert page.duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-03-02T02:00:00+00:00", "2026-03-02 02:00:00 UTC"),
        ("2026-03-02T02:00:00+02:00", "2026-03-02 00:00:00 UTC"),
        ("2026-03-02T02:00:00", "2026-03-02 02:00:00 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_times_are_shown_in_utc(value: str, shown: str) -> None:
    assert page.when(value) == shown


def test_counts_and_names() -> None:
    assert page.counted(1, "call") == "1 call"
    assert page.counted(1200, "entity", "entities") == "1,200 entities"
    assert page.short("x" * 500) == "x" * 119 + "…"
    assert page.number(1234567) == "1,234,567"


def test_text_beyond_reason_is_cut_wherever_it_stands() -> None:
    shown = page.render(shapes.document(findings=[shapes.group("a.rule", "info", shapes.finding(sentence="y" * 9000))]))
    assert "y" * 2001 not in shown
    assert "(9,000 characters)" in shown


@pytest.mark.parametrize("unseen", ["\u200b", "\u202e", "\u2066", "\u200f", "\ufeff", "\U000e0041", "\x1b", "\x85"])
def test_a_character_that_shows_as_nothing_is_named(unseen: str) -> None:
    shown = page.render(shapes.document(records=[shapes.record(f"fraud{unseen}score")]))
    assert unseen not in shown
    assert f"fraud[U+{ord(unseen):04X}]score" in shown


def test_joined_emoji_and_scripts_that_need_joiners_stay_whole() -> None:
    name = "\U0001f469\u200d\U0001f52c \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert name in page.render(shapes.document(records=[shapes.record(name)]))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://admin:secret@atlas:21000/", "http://atlas:21000/"),
        ("https://atlas.example/base", "https://atlas.example/base"),
        ("https://a:p@ss@[::1]:21000", "https://[::1]:21000"),
    ],
    ids=["login", "none", "odd login"],
)
def test_the_catalogs_address_is_shown_without_its_login(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_a_lone_surrogate_does_not_cost_the_report() -> None:
    assert page.render(shapes.document(records=[shapes.record("a\ud800b")])).encode("utf-8")


def test_values_that_were_not_understood_have_a_part_of_their_own() -> None:
    value = {"source": "mlflow", "collection": "runs", "native_id": "r1", "field": "end_time", "value": "<b>zzz"}
    shown = page.render(shapes.document(sources=[shapes.source(unparsed=[value])]))
    assert 'id="unparsed"' in shown
    assert "&lt;b&gt;zzz" in shown
    assert 'id="unparsed"' not in page.render(shapes.ok())


def test_a_source_that_was_not_asked_for_says_so_in_place_of_what_reading_cost() -> None:
    shown = " ".join(page.render(shapes.some_sources()).split())
    assert re.search("Not asked for in this run; as read on 2026-03-02 02:00:05 UTC ?</span>", shown)
    assert "Not asked for in this run, and no earlier read of it counts." in shown
    assert "Not read in this run." not in shown
