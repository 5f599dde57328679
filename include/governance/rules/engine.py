"""Runs rules with Great Expectations on a pandas table.

A rule that cannot be run is distinguished from data that fails it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from .suites import Rule

_ID = "qualified_name"


class RuleResult(NamedTuple):
    """failing: qualified names of the rows that fail. error: why the rule could not be run, else None."""

    rule: Rule
    failing: list[str]
    error: str | None


def run_rules(rules: Sequence[Rule], frame: pd.DataFrame) -> list[RuleResult]:
    """Every rule on the rows of `frame` it applies to (column `qualified_name` identifies a row)."""
    groups: dict[tuple[str | None, tuple[str, ...]], list[Rule]] = {}
    for rule in rules:
        groups.setdefault((rule.row_condition, tuple(sorted(rule.applies_to))), []).append(rule)
    results: list[RuleResult] = []
    for group in groups.values():
        rows = group[0].rows(frame)
        results += _validate(group, rows) if len(rows) else [RuleResult(rule, [], None) for rule in group]
    order = {rule.id: index for index, rule in enumerate(rules)}
    return sorted(results, key=lambda result: order[result.rule.id])


def _validate(rules: Sequence[Rule], rows: pd.DataFrame) -> list[RuleResult]:
    """All rules at once: of every validation, Great Expectations computes the hash of the whole table."""
    results, expectations = [], {}
    for rule in rules:
        try:
            expectations[rule.id] = _expectation(rule)
        except Exception as error:  # noqa: BLE001 - Great Expectations raises many types; a broken rule must not stop the others
            results.append(RuleResult(rule, [], _described(error)))
    batch = _context_batch(rows)
    try:
        outcomes = _outcomes(batch, list(expectations.values()))
    except Exception:  # noqa: BLE001 - one of them cannot be run: the others can
        outcomes = {}
    for rule in (rule for rule in rules if rule.id in expectations):
        try:
            if rule.id not in outcomes:
                outcomes |= _outcomes(batch, [expectations[rule.id]])
        except Exception as error:  # noqa: BLE001
            results.append(RuleResult(rule, [], _described(error)))
        else:
            results.append(_result(rule, outcomes[rule.id]))
    return results


def _outcomes(batch: Any, expectations: list[Any]) -> dict[str, Any]:
    """By id of the rule."""
    import great_expectations as gx

    suite = gx.ExpectationSuite(name="rules", expectations=expectations)
    found = batch.validate(
        suite, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [_ID]}
    ).results
    return {outcome.expectation_config.meta["rule"]: outcome for outcome in found}


def _result(rule: Rule, outcome: Any) -> RuleResult:
    raised = _raised(outcome.exception_info)
    if raised:
        return RuleResult(rule, [], raised)
    if outcome.success:
        return RuleResult(rule, [], None)
    rows = outcome.result.get("unexpected_index_list")
    if rows is None:
        return RuleResult(
            rule, [], f"{rule.expectation} does not say which rows fail it; use an expectation on column values"
        )
    return RuleResult(rule, sorted({str(row[_ID]) for row in rows}), None)


def _raised(info: Any) -> str | None:
    """The message of an exception inside Great Expectations: flat, or one entry per metric."""
    if not isinstance(info, dict):
        return None
    entries = [info] if "raised_exception" in info else [entry for entry in info.values() if isinstance(entry, dict)]
    return next((str(entry.get("exception_message"))[:300] for entry in entries if entry.get("raised_exception")), None)


def _expectation(rule: Rule) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    from . import expectations  # noqa: F401  importing registers our own

    return get_expectation_impl(rule.expectation)(
        **rule.arguments, severity=rule.severity.value, meta={"rule": rule.id}
    )


def _context_batch(rows: pd.DataFrame) -> Any:
    return _definition().get_batch(batch_parameters={"dataframe": rows})


@cache
def _definition() -> Any:
    """An ephemeral context: nothing is written, nothing is sent. It costs a tenth of a second, so there is one."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("governance").add_dataframe_asset("evidence")
    return asset.add_batch_definition_whole_dataframe("all")


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
