"""Rules. `judge` is the third stage: published rules on the evidence; findings and verdicts."""

from ..staging.judgement import Judgement
from .judge import judge
from .suites import Suite, load_suites

__all__ = ["Judgement", "Suite", "judge", "load_suites"]
