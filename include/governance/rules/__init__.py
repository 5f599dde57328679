"""Rules. `judge` is the third stage: published rules on the evidence; findings and verdicts."""

from ..staging.judgement import Judgement
from .judge import judge, rules_applied
from .suites import Rule, Suite, load_suites

__all__ = ["Judgement", "Rule", "Suite", "judge", "load_suites", "rules_applied"]
