"""Plan. The fourth stage: what the catalog should hold (`desired`), and what has to change for it (`plan`).

Pure. Nothing moved, nothing planned: `plan` compares with the ledger by content hash.
"""

from .desired import desired
from .diff import plan

__all__ = ["desired", "plan"]
