"""The gate: whether one version may enter a lifecycle state, by what its source says now and the rules of the sync."""

from .answer import GateJudgement, GateRequest
from .judging import gate
from .junit import junit_xml
from .last_sync import LastSync, mark_of

__all__ = ["GateJudgement", "GateRequest", "LastSync", "gate", "junit_xml", "mark_of"]
