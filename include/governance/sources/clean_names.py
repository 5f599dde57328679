"""Names and ids without secrets: most are an identity, so what is removed from one leaves a hash that tells it apart.

A qualified name or an id is read segment by segment, so that everything below a container keeps the container's name in
front. The segments before the last one repeat from name to name and are read once.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from ..model import qualified_names
from ..scrub import MARK, Scrubber, is_plain

_KEPT = 20_000
_CAPITALS = ("akia", "asia", "a3t", "abia", "acca", "age-secret-key-", "nrak-")  # what such a format begins with


def lacks_secret(name: str) -> bool:
    """Whether a clean name or id is as its source has it: nothing was removed from it."""
    return MARK not in unquote(name)


class CleanNames:
    """Removes secrets from the names of one source; nothing is counted, since the item's own text shows them too."""

    def __init__(self) -> None:
        self._scrubber = Scrubber()
        self._heads: dict[str, str] = {}
        self._segments: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._secret: set[str] = set()  # segments, in lower case

    def name(self, name: str) -> str:
        """A qualified name, an id or a link, each of its segments without the secrets in it."""
        head, slash, last = name.rpartition("/")
        clean = self._heads.get(head)
        if clean is None:
            clean = "/".join(map(self._segment, head.split("/")))
            if len(self._heads) < _KEPT:
                self._heads[head] = clean
        return clean + slash + (last if is_plain(last) else self._segment(last))

    def title(self, name: str) -> str:
        """A container's name as names of collections and messages show it: one segment, nothing quoted."""
        return f"{MARK} {qualified_names.short_hash(name.lower())}" if self._holds_secret(name) else name

    def text(self, text: str) -> str:
        """A short text of which there are few, such as the rule of a relation."""
        clean = self._texts.get(text)
        if clean is None:
            clean = self._scrubber.text(text)
            if len(self._texts) < _KEPT:
                self._texts[text] = clean
        return clean

    def _segment(self, segment: str) -> str:
        if is_plain(segment):
            return segment
        clean = self._segments.get(segment)
        if clean is None:
            if len(self._segments) >= _KEPT:
                self._segments.clear()  # a name is met several times in a row
            self._segments[segment] = clean = self._clean_segment(segment)
        return clean

    def _clean_segment(self, segment: str) -> str:
        raw = unquote(segment, errors="surrogateescape")
        if not self._holds_secret(raw):
            return segment
        self._secret.add(raw.lower())
        return quote(f"{MARK} {qualified_names.short_hash(raw.lower())}", safe="@+=,~")

    def _holds_secret(self, raw: str) -> bool:
        """Names in Azure are in lower case, so a format of capitals is looked for in capitals too."""
        lower = raw.lower()
        if lower in self._secret or self._scrubber.text(raw) != raw:
            return True
        return any(prefix in lower for prefix in _CAPITALS) and self._scrubber.text(raw.upper()) != raw.upper()
