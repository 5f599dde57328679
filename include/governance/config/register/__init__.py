"""The register: what people decided about models, owners and business use."""

from .entries import Dismissal, Entry, RegisteredAgentEntry, RegisteredModelEntry
from .people import Person
from .register import Register, UseCase
from .waivers import Waiver, waiver_of

__all__ = [
    "Dismissal",
    "Entry",
    "Person",
    "Register",
    "RegisteredAgentEntry",
    "RegisteredModelEntry",
    "UseCase",
    "Waiver",
    "waiver_of",
]
