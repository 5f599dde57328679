"""Finds the qualified names of which the catalog has several entities, and says what would become of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..model.catalog_types import MANAGED_BY
from ..model.vocabularies import DifferenceKind
from ..staging.plan import Entry, Key
from ..staging.reconciliation import Difference
from .contract import Catalog, Content, Entity, Listed, own_name
from .duplicates import Known, in_words, merging, survivor_of
from .merging import Several

_STAYS = "the ledger acknowledged the other one"
_OLDEST = "the ledger acknowledged neither, and the other one is older"
_MERGED = "{why}: what people wrote here is taken over, then it is deleted"
_HELD_BACK = "held back: {count} contradict the entity that stays; make them alike on both, or delete one of the two"
_FOREIGN = "{whose} manages it: it is only named"
_CONTRADICTS = "people may have written both, so neither is lost: the duplicate is kept until a person decides"
_UNNAMED = "a duplicate of it was deleted, and the catalog does not find it by its name since: the name is entered anew"


@dataclass(frozen=True)
class Groups:
    """Qualified names of this installation that several entities carry, or that find none.

    Attributes:
        several: those to be merged.
        foreign: entities of such a name that this installation does not manage.
    """

    several: list[Several] = field(default_factory=list)
    foreign: list[tuple[Key, Content]] = field(default_factory=list)

    def keys_by_guid(self) -> dict[str, Key]:
        """Of the duplicates: what refers to one of them refers to that name."""
        return {duplicate.guid: one.key for one in self.several for duplicate in one.duplicates}


def find_several(
    catalog: Catalog,
    listed: Iterable[Listed],
    found: Mapping[Key, Entity],
    entries: Mapping[Key, Entry],
    deployment: str,
) -> Groups:
    """Each hit of the search is confirmed by a read.

    Args:
        listed: by the catalog's search, of all installations.
        found: what the names of this installation's entities find.
        entries: the ledger's.
        deployment: names this installation.

    Raises:
        RequestFailure: the catalog cannot be read.
    """
    groups = Groups()
    by_key: dict[Key, list[Listed]] = {}
    for one in listed:
        by_key.setdefault(own_name(one.key), []).append(one)
    for key, named in sorted(by_key.items()):
        acknowledged = entries[key].guid if key in entries else None
        candidates = [one for one in named if one.managed_by == deployment or one.guid == acknowledged]
        by_name = found.get(key)
        if not candidates or (by_name is not None and {by_name.guid} == {one.guid for one in named}):
            continue
        guids = {one.guid for one in candidates} | ({acknowledged} if acknowledged else set())
        if by_name is not None and by_name.attributes.get(MANAGED_BY) == deployment:
            guids.add(by_name.guid)
        read = [content for guid in sorted(guids) if (content := catalog.content(guid))]
        contents = [content for content in read if own_name(content.entity.key) == key]
        if not contents:
            continue
        groups.foreign.extend(
            (key, content) for one in named if one.guid not in guids and (content := catalog.content(one.guid))
        )
        stays = survivor_of(contents, acknowledged)
        duplicates = [content for content in contents if content.guid != stays.guid]
        if duplicates or by_name is None or stays.entity.key != key:
            groups.several.append(Several(key, stays, duplicates))
    return groups


def differences_of(groups: Groups, ledger: Known) -> list[Difference]:
    """What becomes of each duplicate, and what two of them carry otherwise."""
    return [
        *(difference for one in groups.several for difference in _of_several(one, ledger)),
        *(_foreign(key, content) for key, content in groups.foreign),
    ]


def _of_several(several: Several, ledger: Known) -> Iterator[Difference]:
    entry = ledger.entries.get(several.key)
    why = _STAYS if entry and entry.guid == several.stays.guid else _OLDEST
    for duplicate in several.duplicates:
        merge = merging(several.key, several.stays, duplicate, ledger)
        is_merged = not merge.conflicts
        reason = _MERGED.format(why=why) if is_merged else _HELD_BACK.format(count=_values(len(merge.conflicts)))
        taken_over = in_words(merge.addition)
        yield _difference(
            DifferenceKind.DUPLICATED,
            several,
            expected=_described(several.stays),
            held=_described(duplicate) + (f"; to be taken over: {taken_over}" if taken_over else ""),
            is_healed=is_merged,
            reason=reason,
        )
        for conflict in merge.conflicts:
            yield _difference(
                DifferenceKind.CONFLICT,
                several,
                attribute=conflict.what,
                expected=conflict.kept,
                held=conflict.other,
                is_healed=False,
                reason=_CONTRADICTS,
            )
    if not several.duplicates:
        yield _difference(DifferenceKind.UNNAMED, several, held=_described(several.stays), reason=_UNNAMED)


def _foreign(key: Key, content: Content) -> Difference:
    stamp = content.attributes.get(MANAGED_BY)
    return Difference(
        DifferenceKind.DUPLICATED,
        *key,
        str(content.attributes.get("name") or key.qualified_name),
        held=_described(content),
        is_healed=False,
        reason=_FOREIGN.format(whose=f"the installation {stamp}" if stamp else "no installation"),
    )


def _difference(kind: DifferenceKind, several: Several, **more: Any) -> Difference:
    name = str(several.stays.attributes.get("name") or several.key.qualified_name)
    return Difference(kind, *several.key, name, **more)


def _described(content: Content) -> str:
    created = datetime.fromtimestamp(content.created_ms / 1000, UTC).isoformat(" ", "seconds")
    return f"{content.guid}, created {created}"


def _values(count: int) -> str:
    return "one of its values" if count == 1 else f"{count} of its values"
