"""A judgement as JUnit XML, which pipelines show beside their tests: one case per rule, and one per gap."""

from __future__ import annotations

from xml.etree import ElementTree

from ..model.terminal_text import printable
from .answer import GateFinding, GateJudgement


def junit_xml(judgement: GateJudgement) -> bytes:
    """UTF-8. A finding that refuses is a failure, one that is waived is skipped, what could not be read is an error."""
    suite = ElementTree.Element("testsuite", name=f"gate: {printable(judgement.label)} to {judgement.to}")
    by_rule: dict[str, list[GateFinding]] = {}
    for finding in judgement.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for rule in dict.fromkeys([*(rule.rule for rule in judgement.rules), *by_rule]):
        _case(suite, judgement, rule, by_rule.get(rule, []))
    for one in judgement.unread:
        case = _named(suite, judgement, f"read {one.what}")
        _add(case, "error", one.reason, one.remedy)
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
    for attribute, path in {**counts, "skipped": "testcase/skipped"}.items():
        suite.set(attribute, str(len(suite.findall(path))))
    suite.set("time", str(judgement.seconds))
    suite.set("timestamp", judgement.judged_at.isoformat(timespec="seconds"))
    root = ElementTree.Element("testsuites", name="governance gate")
    root.append(suite)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _case(suite: ElementTree.Element, judgement: GateJudgement, rule: str, findings: list[GateFinding]) -> None:
    case = _named(suite, judgement, rule)
    refusing = [finding for finding in findings if finding.refuses]
    waived = [finding for finding in findings if finding.waived]
    for finding in refusing:
        _add(case, "failure", finding.sentence, f"{finding.remedy} Ask: {finding.ask}", finding.severity)
    if waived and not refusing:
        _add(case, "skipped", f"{waived[0].sentence} {waived[0].waived}")
    milder = [finding for finding in findings if not finding.refuses and not finding.waived]
    if milder:
        lines = (f"{finding.severity}: {finding.sentence} {finding.remedy}" for finding in milder)
        ElementTree.SubElement(case, "system-out").text = printable(" ".join(lines))


def _named(suite: ElementTree.Element, judgement: GateJudgement, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=printable(judgement.label), name=printable(name))


def _add(case: ElementTree.Element, kind: str, message: str, text: str = "", severity: str = "") -> None:
    element = ElementTree.SubElement(case, kind, message=printable(message))
    if severity:
        element.set("type", severity)
    element.text = printable(text)
