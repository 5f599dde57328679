"""Every form of a secret in the corpus of the benchmark, and what only looks like one."""

from __future__ import annotations

import pytest

from benchmarks.scrub import is_found, survives
from benchmarks.scrub_corpus import REPEATED, Draw, look_alikes, planted
from include.governance.scrub import MARK, Scrubber

PLANTED = planted()
# What is known not to be found: a format that is two letters and random ones, a password beside a name without a word
NOT_FOUND = {
    *(("other", f"sentence, {form}") for form in ("slash", "login", "Kaggle")),
    *(("other", form) for form in ("short name", "instrumentation key")),
    *((f"vendor {name}", item.place) for name in ("Fireworks", "PlanetScale", "Voyage") for item in PLANTED),
}
# A word that could be a password, and a name that could be one
TAKEN = {
    "token: bert-base-uncased-v2",
    "secret: my-kv-secret-name-2",
    "api_key: YOUR_API_KEY_HERE_123",
    "password: changeme",
}
DRAW = Draw(11)
TOKEN = "gh" + "p_" + DRAW.alnum(36)
SENTRY = "sntr" + "yu_" + DRAW.hex(64)


@pytest.mark.parametrize("kind", sorted({item.kind for item in PLANTED}))
def test_it_is_found_wherever_it_stands(kind: str) -> None:
    missed = {(item.kind, item.place) for item in PLANTED if item.kind == kind and not is_found(item)}
    assert missed <= NOT_FOUND


def test_what_only_looks_like_a_secret_stays() -> None:
    assert {text for text in look_alikes() if not survives(text)} <= TAKEN


@pytest.mark.parametrize("kind", sorted({item.kind for item in PLANTED}))
def test_what_was_scrubbed_stays_as_it_is(kind: str) -> None:
    for item in PLANTED:
        if item.kind == kind:
            scrubber = Scrubber()
            clean = scrubber.text(item.text)
            assert (scrubber.take() > 0) == (clean != item.text)
            assert scrubber.text(clean) == clean and scrubber.take() == 0


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("curl -u ada:pa55word1 https://h", f"curl -u ada:{MARK} https://h"),
        ("docker login -p pa55word1 r && docker run -p 80:80 i", f"docker login -p {MARK} r && docker run -p 80:80 i"),
        ("mysql -u root -ppa55word1 -P 3306 db", f"mysql -u root -p{MARK} -P 3306 db"),
        ("curl -H 'x-api-key: pa55word1' -H 'Accept: a/b'", f"curl -H 'x-api-key: {MARK}' -H 'Accept: a/b'"),
        ("machine h login ada password pa55word1 account x", f"machine h login ada password {MARK} account x"),
        ("the password is pa55word1, ask ada", f"the password is {MARK}, ask ada"),
        ("a: 1\\npassword: pa55word1\\nb: 2", f"a: 1\\npassword: {MARK}\\nb: 2"),
        ("x?u=https%3A%2F%2Fh%3Fsig%3DaBc1aBc1aBc1%26se%3D1", f"x?u=https%3A%2F%2Fh%3Fsig%3D{MARK}%26se%3D1"),
        ('{"auth": "YWRhOnBhNTV3b3JkMQ=="}', f'{{"auth": "{MARK}"}}'),
        ("ENV API_KEY 0123abcd0123abcd", f"ENV API_KEY {MARK}"),
        ("- name: API_KEY\n  value: 0123abcd", f"- name: API_KEY\n  value: {MARK}"),
        (f"caf\u00e9 \U0001f917 {TOKEN} \u00fc", f"caf\u00e9 \U0001f917 {MARK} \u00fc"),
        (f"caf\u00e9 \U0001f917 {SENTRY} \u00fc", f"caf\u00e9 \U0001f917 {MARK} \u00fc"),
        (f"\ud800 {SENTRY}.", f"\ud800 {MARK}."),
        (f"https://h/{SENTRY}/x", f"https://h/{MARK}/x"),
        (f"# kingfisher:ignore\n{SENTRY} # gitleaks:allow", f"# kingfisher:ignore\n{MARK} # gitleaks:allow"),
    ],
)  # fmt: skip
def test_only_the_secret_goes(text: str, clean: str) -> None:
    assert Scrubber().text(text) == clean


def test_a_long_value_goes_as_a_whole() -> None:
    value = "a1" * 5_000
    assert Scrubber().text(f"password={value} next") == f"password={MARK} next"
    assert Scrubber().text(f"the password: {value}, next") == f"the password: {MARK}, next"


@pytest.mark.heavy
@pytest.mark.timeout(300)  # where it grows with the square of the length, a text of this length takes many minutes
@pytest.mark.parametrize("unit", REPEATED)
def test_a_long_text_of_one_form_takes_no_longer_than_its_length(unit: str) -> None:
    heads = ("", "ibm cloud key ", "password: a", "pwd=", '"api_key', "https://a:")
    tails = ("", "_authToken T3BlbkFJ eyJ value cloud secret key", "x")
    text = "\n".join(head + unit * (150_000 // len(unit)) + tail for head, tail in zip(heads, tails * 2, strict=True))
    assert Scrubber().text(text)
    assert Scrubber().text(unit * (1_000_000 // len(unit)))
