"""Sources. `read` is the first stage: one snapshot of one configured source.

A connector is a package with a class that implements `contract.Source`; its reader fills a SnapshotWriter and records
for every collection how far it was read. To add one: its package here, a settings class in config/sources, its entry
in config/source_kinds.py, a subclass of the contract in tests/contract/sources.
"""

from ..staging.snapshot import Snapshot
from .contract import Source, Subject, SubjectRead, Unread
from .registry import probes, read, read_subject, test_connection

__all__ = [
    "Snapshot",
    "Source",
    "Subject",
    "SubjectRead",
    "Unread",
    "probes",
    "read",
    "read_subject",
    "test_connection",
]
