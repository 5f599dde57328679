"""Contacts are ids of Entra objects that the register names; nothing else is sent as one."""

from __future__ import annotations

import uuid

import pytest

from include.governance.catalog.purview.contacts import contacts_of
from include.governance.config.register.people import Person
from include.governance.model.vocabularies import Action
from include.governance.staging.plan import Change

ADA, TEAM = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
PEOPLE = [
    Person(id=ADA, name="Ada", known_as=["ada@example.com"]),
    Person(id=TEAM, name="risk", group=True, members=[ADA, "bob@example.com"]),
    Person(id="carl@example.com", name="Carl"),
    Person(id=str(uuid.UUID(int=3)), name="twin"),
    Person(id=str(uuid.UUID(int=4)), name="twin"),
]
NOBODY: dict[str, list[str]] = {"Owner": [], "Expert": []}


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        ("Ada", {"Owner": [ADA], "Expert": []}),
        ("ada@example.com", {"Owner": [ADA], "Expert": []}),
        ("risk", {"Owner": [TEAM], "Expert": [ADA]}),
        ("Carl", NOBODY),
        ("twin", NOBODY),
        ("who", NOBODY),
        (None, NOBODY),
    ],
    ids=["by name", "by what it is known as", "a group", "an id that is no Entra object", "two", "unknown", "cleared"],
)
def test_whom_an_owner_stands_for(owner: str | None, expected: dict[str, list[str]]) -> None:
    change = Change(Action.UPDATE, "ai_model", "q", "s", attributes={"owner": owner})
    contacts = contacts_of(change, "source", PEOPLE)
    assert contacts is not None
    assert {kind: [one["id"] for one in entries] for kind, entries in contacts.items()} == expected


@pytest.mark.parametrize(
    ("owned_by", "action", "attributes", "is_sent"),
    [
        ("curator", Action.CREATE, {"owner": "Ada"}, False),
        ("first", Action.CREATE, {"owner": "Ada"}, True),
        ("first", Action.CREATE, {"owner": "who"}, False),
        ("first", Action.UPDATE, {"owner": "Ada"}, False),
        ("source", Action.UPDATE, {"stage": "x"}, False),
    ],
    ids=["the curator's", "new", "new and unknown", "not new", "another attribute"],
)
def test_when_contacts_are_sent(owned_by: str, action: Action, attributes: dict[str, str], is_sent: bool) -> None:
    change = Change(action, "ai_model", "q", "s", attributes=attributes)
    assert (contacts_of(change, owned_by, PEOPLE) is not None) == is_sent
