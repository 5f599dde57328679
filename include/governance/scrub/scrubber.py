"""Text of a source without its secrets: scrubbed before it is staged; what was removed is counted.

Three kinds of rules. By value: the rules of Kingfisher, the regular expressions of detect-secrets, and a table of own
ones for what both lack, or where an expression of theirs leaves part of the secret in the text or needs quadratic time.
By name: a parameter, a tag, a JSON key, a `name=value` or a `--name value` that is named like a password or a key. By
what stands around: commands that log in, request headers, netrc, sentences.
"""

from collections import Counter
from collections.abc import Mapping

from .names import is_like_key, kind_by_name, last_word, secret_word
from .origins import METADATA, Origins, named
from .placeholders import is_plain
from .rules import find_secrets
from .spans import MARK, Span

_SEPARATOR = "\n\x00\n"  # between the values of one record: no rule but the private key block reads across it
_PASSES = 4


class Scrubber:
    """Replaces secrets by `[secret removed]`, counts them, and notes where which kind stood.

    Attributes:
        counts: removed secrets by kind. No kind contains the secret itself.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._reported = 0
        self._found = Origins()

    def text(self, value: str, origin: str = METADATA) -> str:
        """Free text, a URI or a JSON document without the secrets inside. origin: in words, for people."""
        if is_plain(value):
            return value
        for _ in range(_PASSES):  # the remaining text may, without its neighbour, show another secret
            if not (spans := find_secrets(value)):
                return value
            value = self._replaced(value, spans, origin)
        if find_secrets(value):
            self._count("other", origin)
            return MARK
        return value

    def pair(self, key: str, value: str, origin: str = METADATA) -> str:
        """A parameter or a tag: removed as a whole if its name is that of a secret, else scrubbed as text.

        origin: what the key is the name of: a tag, an environment variable.
        """
        kind = kind_by_name(key, value)
        if kind is None:
            clean = self.text(value, named(origin, key))
            return MARK if clean != value and kind_by_name(key, clean) else clean
        self._count(kind, named(origin, key))
        return MARK

    def mapping(self, values: Mapping[str, str], origin: str = METADATA) -> dict[str, str]:
        """`pair` for each of a record's values, at the price of one search for all of them."""
        clean = dict(values)
        remaining = []
        for key, value in values.items():
            if secret_word(key) is not None and (kind := kind_by_name(key, value)) is not None:
                self._count(kind, named(origin, key))
                clean[key] = MARK
            elif not is_plain(value):
                remaining.append(key)
        if remaining and find_secrets(_SEPARATOR.join([clean[key] for key in remaining])):
            for key in remaining:
                clean[key] = self.pair(key, clean[key], origin)
        return clean

    def look(self, values: Mapping[str, str], origin: str) -> None:
        """Counts the secrets in values of which nothing is kept: also what nothing but the word `key` tells."""
        for key, value in self.mapping(values, origin).items():
            if last_word(key) == "key" and is_like_key(value):
                self._count("named key", named(origin, key))

    def take(self) -> int:
        """How many secrets were removed since the last call; where they stood is forgotten."""
        total = self.counts.total()
        new, self._reported = total - self._reported, total
        self._found.clear()
        return new

    def take_columns(self) -> dict[str, int | str | None]:
        """The columns secrets_removed and secrets_where: what was removed since the last call, and where it stood."""
        where = self._found.in_words()
        return {"secrets_removed": self.take(), "secrets_where": where}

    def _count(self, kind: str, origin: str) -> None:
        self.counts[kind] += 1
        self._found.add(origin, kind)

    def _replaced(self, text: str, spans: list[Span], origin: str) -> str:
        spans.sort(key=lambda span: (span.start, -span.end))
        parts: list[str] = []
        done = 0
        for start, end, kind in spans:
            if not parts or start > done:
                parts += (text[done:start], MARK)
                self._count(kind, origin)
            done = max(done, end)
        return "".join([*parts, text[done:]])
