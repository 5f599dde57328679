"""The register: what people decided about models, owners and business use."""

from .entries import Dismissal, Entry, RegisteredAgentEntry, RegisteredDeploymentEntry, RegisteredModelEntry
from .known_gaps import KnownGap, gap_of
from .people import Person
from .register import Register, UseCase
from .waivers import Waiver, waiver_of

__all__ = [
    "Dismissal",
    "Entry",
    "KnownGap",
    "Person",
    "Register",
    "RegisteredAgentEntry",
    "RegisteredDeploymentEntry",
    "RegisteredModelEntry",
    "UseCase",
    "Waiver",
    "gap_of",
    "waiver_of",
]
