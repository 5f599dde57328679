"""What finders yield: where a secret is in a text, and of which kind it is."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

MARK = "[secret removed]"


class Span(NamedTuple):
    """Half-open range of characters."""

    start: int
    end: int
    kind: str


Finder = Callable[[str], Iterator[Span]]
