"""Plan. The fourth stage: what the catalog should hold (`desired`), and what has to change for it (`plan`).

Pure. Nothing moved, nothing planned: `plan` compares with the ledger by content hash.
"""

from .diff import plan
from .entities.desired import Published, desired

__all__ = ["Published", "desired", "plan"]
