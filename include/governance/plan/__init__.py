"""Plan. The fourth stage: what the catalog should hold (`desired`), and what has to change for it (`plan`).

Pure. Nothing moved, nothing planned: `plan` compares with the ledger by content hash.
"""

from .absence import is_missing
from .diff import plan
from .entities.desired import Published, desired
from .removal import Removal
from .scope import Narrowing, record_key, scope_of

__all__ = ["Narrowing", "Published", "Removal", "desired", "is_missing", "plan", "record_key", "scope_of"]
