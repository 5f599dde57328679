"""How much the scrubber finds, what it wrongly takes, and how fast it is.

`python -m benchmarks.scrub` prints the share of planted secrets that are found, the share of look-alikes that survive,
and the throughput on ordinary records and on text full of secrets, beside one pass of a trivial expression over the
same text in the same run, and how the time grows with texts that repeat one form. `--misses` lists what is not found,
by kind and place; nothing listed is a real secret.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable, Iterable

from benchmarks.scrub_corpus import REPEATED, Planted, look_alikes, planted, records
from include.governance.scrub import Scrubber

_trivial = re.compile(r"[A-Za-z0-9_]{24,}")


def is_found(item: Planted) -> bool:
    """Whether neither the secret nor an end of it is left in the scrubbed text."""
    clean = Scrubber().text(item.text)
    return item.secret not in clean and (len(item.secret) < 16 or item.secret[-12:] not in clean)


def survives(text: str) -> bool:
    """Whether a text stays as it is."""
    return Scrubber().text(text) == text


def _rate(work: Callable[[], object], size: int, times: int) -> float:
    """Megabytes per second of CPU time, the median of several rounds."""
    seconds = []
    for _ in range(times):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return size / 1e6 / statistics.median(seconds)


def _scrub_mappings(values: list[dict[str, str]]) -> None:
    scrubber = Scrubber()
    for record in values:
        scrubber.mapping(record)


def _scrub_texts(texts: list[str]) -> None:
    scrubber = Scrubber()
    for text in texts:
        scrubber.text(text)


def _trivial_pass(texts: Iterable[str]) -> None:
    for text in texts:
        for _ in _trivial.finditer(text):
            pass


def _speed(times: int) -> list[tuple[str, float, float]]:
    values = records()
    flat = [text for record in values for text in record.values()]
    dense = [item.text for item in planted()] * 4
    prose = [text for text in flat if len(text) > 100]
    sizes = {name: sum(map(len, texts)) for name, texts in (("flat", flat), ("dense", dense), ("prose", prose))}
    return [
        (
            "records of runs",
            _rate(lambda: _scrub_mappings(values), sizes["flat"], times),
            _rate(lambda: _trivial_pass(flat), sizes["flat"], times),
        ),
        (
            "long texts without secrets",
            _rate(lambda: _scrub_texts(prose), sizes["prose"], times),
            _rate(lambda: _trivial_pass(prose), sizes["prose"], times),
        ),
        (
            "texts full of secrets",
            _rate(lambda: _scrub_texts(dense), sizes["dense"], times),
            _rate(lambda: _trivial_pass(dense), sizes["dense"], times),
        ),
    ]


def _growth() -> list[tuple[float, str]]:
    """What four times the text takes, in times of the text, by what it repeats: 4 is linear. The largest first."""
    found = []
    for unit in REPEATED:
        short, long = (
            statistics.median(_seconds(unit * (length // len(unit))) for _ in range(3)) for length in (100_000, 400_000)
        )
        found.append((long / short, unit))
    return sorted(found, reverse=True)


def _seconds(text: str) -> float:
    began = time.thread_time()
    Scrubber().text(text)
    return time.thread_time() - began


def _share(what: str, part: int, whole: int) -> None:
    print(f"{what:<27} {part} of {whole} ({part / whole:.1%})")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="rounds; the rates are medians")
    parser.add_argument("--misses", action="store_true", help="list what is not found and what is wrongly taken")
    options = parser.parse_args()
    items, innocent = planted(), look_alikes()
    missed = [item for item in items if not is_found(item)]
    taken = [text for text in innocent if not survives(text)]
    kinds = {item.kind for item in items}
    whole = kinds - {item.kind for item in missed}
    _share("planted secrets found", len(items) - len(missed), len(items))
    _share("kinds found everywhere", len(whole), len(kinds))
    _share("look-alikes that stay", len(innocent) - len(taken), len(innocent))
    for name, ours, floor in _speed(options.times):
        print(f"{name:<27} {ours:7.1f} MB/s; one trivial pass {floor:7.1f} MB/s; {floor / ours:.1f} times its time")
    for ratio, unit in _growth()[:3]:
        print(f"four times {unit[:16]!r:<16} {ratio:7.1f} times the time")
    if options.misses:
        print(*(f"missed: {item.kind}, {item.place}: {item.text!r}" for item in missed), sep="\n")
        print(*(f"taken: {text!r} -> {Scrubber().text(text)!r}" for text in taken), sep="\n")


if __name__ == "__main__":
    main()
