"""Plan. The fourth stage: what the catalog should hold (`desired`), and what has to change for it (`plan`).

Pure. Nothing moved, nothing planned: `plan` compares with the ledger by content hash.
"""

from .diff import plan
from .entities.desired import Published, desired
from .scope import Narrowing, record_key, scope_of

__all__ = ["Narrowing", "Published", "desired", "plan", "record_key", "scope_of"]
