"""Who is who: the directory's people and groups, and the names by which the sources know them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydantic import Field, model_validator

from ..base import Strict


class Person(Strict):
    """One person or group of the directory and the names by which the sources know it."""

    id: str = Field(min_length=1, description="identity in the directory, e.g. an e-mail address or a group id")
    name: str = ""
    group: bool = Field(False, description="a group: it owns as one, and its members can be asked")
    members: list[str] = Field([], description="of a group: directory identities of its members")
    known_as: list[str] = Field([], description="source identities; shell-style patterns are allowed")

    @model_validator(mode="after")
    def _only_groups_have_members(self) -> Person:
        if self.members and not self.group:
            raise ValueError("members belong to a group: set `group: true`")
        return self

    def rank(self, identity: str) -> tuple[int, int] | None:
        """How certainly that source identity (lower case) is this one: larger is more certain; None if it is not.

        The directory's own id before an exact name, an exact name before a pattern, a longer pattern before a shorter.
        """
        if identity == self.id.lower():
            return (3, 0)
        known = [name.lower() for name in self.known_as]
        if identity in known:
            return (2, 0)
        lengths = [len(pattern) for pattern in known if fnmatchcase(identity, pattern)]
        return (1, max(lengths)) if lengths else None


def is_pattern(text: str) -> bool:
    """Whether the text is a shell-style pattern."""
    return any(char in text for char in "*?[")
