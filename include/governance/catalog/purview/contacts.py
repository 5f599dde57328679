"""An asset's contacts: who owns it, by ids of Entra objects that the register names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...config.register.people import Person
from ...model.vocabularies import Action
from ...staging.plan import Change

MOST = 20  # of each kind
_OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OWNER = "owner"

Contacts = dict[str, list[dict[str, str]]]


def contacts_of(change: Change, owned_by: str, people: Sequence[Person]) -> Contacts | None:
    """What a change says of the contacts; None where it says nothing.

    The owner is the contact Owner; of a group, its members are the Experts, whom one can ask. An owner whom the
    register does not know by an Entra object id stays a text in the attribute `owner`.

    Args:
        owned_by: curator (they are never sent), first (with a new asset only), source (whenever the owner changes).
    """
    if owned_by == "curator" or _OWNER not in change.attributes:
        return None
    is_new = change.action == Action.CREATE
    if owned_by == "first" and not is_new:
        return None
    found = _contacts(str(change.attributes[_OWNER] or ""), people)
    return found if any(found.values()) or not is_new else None


def _contacts(owner: str, people: Sequence[Person]) -> Contacts:
    person = _person(owner, people)
    if person is None:
        return {"Owner": [], "Expert": []}
    names = {other.id: other.name for other in people}
    return {"Owner": _entries([person.id], names), "Expert": _entries(person.members, names)}


def _entries(ids: Sequence[str], names: Mapping[str, str]) -> list[dict[str, str]]:
    known: dict[str, Any] = {each: None for each in ids if _OBJECT_ID.fullmatch(each)}
    return [{"id": each, "info": names.get(each, "")} for each in list(known)[:MOST]]


def _person(owner: str, people: Sequence[Person]) -> Person | None:
    """Whom the text names: by the register's name for it, else by what is known of them. None where two fit alike."""
    if not owner:
        return None
    named = [person for person in people if owner in (person.id, person.name)]
    if named:
        return named[0] if len(named) == 1 else None
    ranked = [(rank, person) for person in people if (rank := person.rank(owner.lower())) is not None]
    best = max((rank for rank, _ in ranked), default=None)
    fitting = [person for rank, person in ranked if rank == best]
    return fitting[0] if len(fitting) == 1 else None
