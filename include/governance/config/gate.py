"""How a promotion is judged before it happens."""

from __future__ import annotations

from pydantic import Field

from ..model.vocabularies import Severity
from .base import Strict


class Gate(Strict):
    """What refuses a promotion, and how long the source may take to answer for it."""

    refuses_from: Severity = Field(
        Severity.CRITICAL, description="a finding of this severity or a graver one refuses; not if it is waived"
    )
    seconds: float = Field(20, gt=0, description="a source that has not answered by then leaves it at `cannot tell`")
    attempts: int = Field(2, ge=1, le=5, description="tries of one request to the source")
