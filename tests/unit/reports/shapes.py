"""Documents as `reports.run.document.build` makes them: one per way a run can end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from include.governance.reports.run.document import Document
from include.governance.reports.run.records import VerdictCounts
from tests.unit.reports.parts import ATLAS as ATLAS
from tests.unit.reports.parts import Json
from tests.unit.reports.parts import access as access
from tests.unit.reports.parts import change as change
from tests.unit.reports.parts import changed_finding as changed_finding
from tests.unit.reports.parts import collection as collection
from tests.unit.reports.parts import duplicate as duplicate
from tests.unit.reports.parts import finding as finding
from tests.unit.reports.parts import group as group
from tests.unit.reports.parts import moved as moved
from tests.unit.reports.parts import moved_verdict as moved_verdict
from tests.unit.reports.parts import omission as omission
from tests.unit.reports.parts import outcome as outcome
from tests.unit.reports.parts import record as record
from tests.unit.reports.parts import since_last as since_last
from tests.unit.reports.parts import source as source
from tests.unit.reports.parts import stage as stage
from tests.unit.reports.parts import stages as stages
from tests.unit.reports.parts import unread as unread
from tests.unit.reports.parts import waived as waived


def document(**more: Any) -> Document:
    """A run in which all went well, unless `more` says otherwise. Headline, verdicts and exit code follow from it."""
    made: Json = {
        "run_id": "sync-20260302T020000Z-95ae",
        "deployment": "default",
        "mode": "publish",
        "started_at": "2026-03-02T02:00:00+00:00",
        "finished_at": "2026-03-02T02:01:15+00:00",
        "version": "0.1.0",
        "config": {"file": "include/config/governance.yaml", "fingerprint": "12beaa1530d7"},
        "catalog": {"name": "atlas", "url": ATLAS},
        "sources": [source()],
        "records": [
            record("credit-limit-advisor", "unauditable", owner_name=None, owner_stated=None,
                   rules="ownership.owner.missing, use_case.missing"),
            record(),
        ],
        "access": [],
        "duplicates": [],
        "lifecycle": [],
        "verdicts": {},
        "findings": [group(), group("documentation.description.missing", "warning", finding("merchant-risk-tier"))],
        "rule_errors": [],
        "suites": "completeness@1#29f79729, lineage@1#0474a12c",
        "changes": {
            "total": 2,
            "unchanged": 120,
            "counts": {"create": {"ai_governed_model": 1}, "update": {"ai_governed_model": 1}},
            "shown": [change(), change("credit-limit-advisor", "create")],
        },
        "held_back": {"mlflow": 31},
        "older_agent_versions": {},
        "outcome": outcome(),
        "stages": stages(),
        **more,
    }  # fmt: skip
    whole = Document.from_json(made)
    judged = Counter(str(row.verdict) for row in whole.records if row.verdict)
    provisional = sum(bool(row.provisional) for row in whole.records if row.verdict)
    return replace(whole, verdicts=VerdictCounts(**judged, provisional=provisional)).concluded()


NO_CHANGES: Json = {"total": 0, "unchanged": 0, "counts": {}, "shown": []}
_ERROR: Json = {
    "error": "CatalogUnavailable",
    "message": "Atlas at http://atlas.example:21000 answered 503 to 5 requests in a row.",
    "remedy": "Check that Atlas is up (GET /api/atlas/admin/status), then run the sync again.",
    "retriable": True,
}
_REFUSED: list[Json] = [
    {
        "type_name": "ai_model_version",
        "qualified_name": "mlflow://mlflow/models/odd/versions/1",
        "name": "odd v1",
        "reason": "ATLAS-400-00-01A: invalid value for attribute metrics",
    }
]
_DROPPED: list[Json] = [
    {
        "qualified_name": "governance://records/odd",
        "attribute": "versions",
        "target": "mlflow://mlflow/models/odd/versions/1",
    }
]
_REBUILT = "the ledger was empty; the ledger was rebuilt: 120 of 122 entities are there"
_REMEDY = "Check that the server is up and that its connection in Airflow still has a valid token."


def ok() -> Document:
    return document()


def quiet() -> Document:
    """A first look at an empty estate: nothing anywhere."""
    return document(
        records=[], findings=[], changes=NO_CHANGES, held_back={}, outcome=outcome(mode="none", acknowledged={})
    )


def planned() -> Document:
    """Every decision that a plan can hold."""
    shown = [
        change(),
        change("credit-limit-advisor", "create"),
        change("old-scorer", "missing"),
        change("older-scorer", "retire"),
        change("risk-tier", "restore"),
    ]
    elsewhere = omission("gpt-5", "refused", type_name="ai_base_model", reason="prod-eu manages it")
    changes = {
        "total": 5,
        "unchanged": 120,
        "counts": {one["action"]: {"ai_governed_model": 1} for one in shown},
        "shown": shown,
        "omitted_counts": {"held back": 1, "refused": 1},
        "omitted": [elsewhere, omission()],
    }
    return document(mode="plan", changes=changes, outcome=outcome(mode="plan", acknowledged={}, calls=0, writes=0))


def too_much_gone(allowed_by: str = "") -> Document:
    """More would be marked as missing than one run may, unless a person allowed it."""
    excess = (
        "403 of 500 ai_model_version would be marked as missing from their source, or as retired: more than "
        "publish.missing.max_share allows (50%)"
    )
    return document(changes={**NO_CHANGES, "excess": excess, "excess_allowed_by": allowed_by})


def source_failed() -> Document:
    reason = "GET /api/2.0/mlflow/experiments/search answered 503 three times."
    dead = source(
        "mlflow-risk",
        "failed",
        collections=[collection("experiments", "failed", seen=0, reason=reason, remedy=_REMEDY)],
    )
    return document(sources=[source(), dead], records=[record(provisional=True)])


def partial() -> Document:
    reason = "Page 7 of the listing answered 500; 6,000 runs were read before it."
    torn = source(
        state="partial",
        retries=3,
        collections=[
            collection("experiments"),
            collection("runs", "partial", seen=6000, quarantined=2, mode="incremental", reason=reason, remedy=_REMEDY),
            collection("logged_models", "unsupported", seen=0, reason="MLflow 2.9 has no logged models."),
        ],
        quarantined=[
            {"source": "mlflow", "collection": "runs", "native_id": "6f19bdb6", "reason": "start_time is no number"},
            {"source": "mlflow", "collection": "runs", "native_id": "(no id)", "reason": "the record has no run_id"},
        ],
        secrets_removed={"Azure Connection String": 2},
    )
    return document(sources=[torn], records=[record(provisional=True)])


def catalog_failed() -> Document:
    acknowledged = {"update": {"ai_governed_model": 1}}
    return document(outcome=outcome(error=_ERROR, left=1, retries=5, acknowledged=acknowledged))


def refused() -> Document:
    return document(
        outcome=outcome(refused=_REFUSED, dropped=_DROPPED, ledger_rebuilt=_REBUILT, acknowledged={}),
    )


def rule_error() -> Document:
    error = {"suite": "house-rules", "rule": "house.region.stated", "error": "KeyError: no column is named region"}
    return document(rule_errors=[error], records=[record(provisional=True)])


def azure() -> Document:
    """Three platforms: many collections, one of them refused, agents with rights that are too wide."""
    rights = ["Contributor on subscription Data Science", "Storage Blob Data Contributor on resource group rg-crm"]
    rights += [f"Reader on resource st{number}" for number in range(6)]
    wide = access(
        "refund-desk", kind="agent", runs_as="the identity of project desk", caller_auth="Entra ID", static_keys=False,
        broad_rights=rights[0], widest_right=rights[0], width=80, rights=rights, rules=["access.broad"],
        static_connections="crm-key", public_network="selected networks",
    )  # fmt: skip
    unknown = access(
        "score-batch", runs_as=None, caller_auth=None, public_network=None, width=0, widest_right=None, rights=[],
        unknown_reason="role assignments of subscription Data Science could not be read", rules=["access.unknown"],
        in_production=False, link=None,
    )  # fmt: skip
    listings = ("jobs", "data", "models", "model_versions", "online_endpoints", "online_deployments", "connections")
    read = [collection(f"ws-{team}/{listing}") for team in ("fraud", "risk", "growth") for listing in listings]
    refusal = {
        "reason": "GET /workspaces/ws-hr/jobs answered 403 AuthorizationFailed.",
        "remedy": "Give the identity the role AzureML Data Scientist, or Reader, on workspace ws-hr.",
    }
    refused_ones = [collection("ws-hr/jobs", "failed", seen=0, **refusal), collection("ws-hr/models")]
    torn = [collection("rg-a/ws-lab/jobs", "partial", seen=30, **refusal), collection("workspaces", seen=5)]
    ml = source(
        "azure-ml", "partial", platform="azure_ml", calls=1_204, retries=3, remaining_reads=10_911,
        address="https://management.azure.com/subscriptions/0000/resourceGroups/rg-ml",
        collections=[*read, *torn, *refused_ones],
    )  # fmt: skip
    foundry = source(
        "foundry", platform="ai_foundry", address="https://management.azure.com/subscriptions/0000",
        collections=[collection("accounts", seen=1), collection("desk/agents", seen=3), collection("desk/deployments")],
    )  # fmt: skip
    subject = {"subject": wide["qualified_name"], "subject_label": "refund-desk", "evidence": {"rights": rights[0]}}
    broad = finding(
        **subject, sentence="refund-desk may write to all of the subscription Data Science.", link=wide["link"]
    )
    return document(
        sources=[source(), ml, foundry],
        access=[wide, access(), unknown],
        findings=[group(), group("access.broad", "warning", broad)],
        older_agent_versions={"foundry": 17},
    )


def worse() -> Document:
    return document(since_last=since_last())


def edited() -> Document:
    """Two attributes that a curator and the source have both changed."""
    one = {
        "type_name": "ai_model", "qualified_name": "mlflow://mlflow/models/fraud", "name": "fraud",
        "attribute": "description", "acknowledged": "Forest.", "catalog": "The board's forest.",
        "source": "Forest, retrained.", "stays": "catalog",
    }  # fmt: skip
    other = one | {"attribute": "owner", "acknowledged": "", "catalog": "bo", "source": "ana", "stays": "source"}
    return document(outcome=outcome(edited=[one, other]))


def unchanged() -> Document:
    """Findings that have stood for long."""
    return document(since_last=since_last(new_findings=[], gone_findings=[], verdicts=[]))


def not_allowed() -> Document:
    breach = {
        "sentence": "1 new finding of severity critical, which fail_on.findings does not allow; first: Nobody owns it.",
        "remedy": "Set the tag governance.owner on the model.",
    }
    return document(since_last=since_last(), breaches=[breach])


def not_switched_on() -> Document:
    return document(outcome=outcome(mode="plan", acknowledged={}, calls=0, writes=0))


def known_gap() -> Document:
    """A workspace that nobody may read, which is accepted until a day, and one whose day is over."""
    until = "accepted until 2026-12-31 by Tom Becker: Human resources keep it to themselves."
    over = "accepted until 2026-01-31 by Tom Becker: Being set up."
    refusal = {"reason": "GET /workspaces/ws-hr answered 403.", "remedy": "Give the identity the role Reader."}
    listings = ("jobs", "models", "model_versions")
    accepted = [collection(f"ws-hr/{name}", "failed", seen=0, accepted=until, **refusal) for name in listings]
    expired = collection("ws-new/jobs", "failed", seen=0, acceptance_expired=over, **refusal)
    return document(
        sources=[
            source("azure-ml", "partial", platform="azure_ml", collections=[*accepted, collection("ws-fraud/jobs")]),
            source("azure-eu", "partial", platform="azure_ml", collections=[expired, collection("ws-fraud/jobs")]),
        ],
    )


def some_sources() -> Document:
    """Told to read one source: of another the faulty read of an earlier day counts, of a third none."""
    torn = partial().as_json()["sources"][0]
    kept = {**torn, "name": "azure-ml", "calls": 0, "retries": 0, "seconds": 0.0, "secrets_removed": {}, "kept": True}
    return document(sources=[source(), kept, unread("mlflow-late", asked_for=False)])


def reconciled() -> Document:
    """A run that compared the catalog with the ledger, and only planned."""
    made = {"type_name": "ai_model_version", "link": f"{ATLAS}/index.html#!/detailPage/g-1"}
    rows: list[Json] = [
        {"kind": "deleted", "what": "deleted in the catalog", "name": "credit-limit-advisor v3", "attribute": "",
         "relations": ["versions of credit-limit-advisor", "outputs of run 7"],
         "reason": "it was deleted in the catalog, and its source still had it when it was published"},
        {"kind": "duplicated", "what": "several entities of one qualified name", "name": "merchant-risk-tier",
         "attribute": "", "expected": "g-1, created 2026-03-01 02:17:00+00:00", "is_healed": False,
         "held": "g-2, created 2026-03-01 02:17:01+00:00; to be taken over: label checked"},
        {"kind": "conflict", "what": "its duplicate says otherwise", "name": "merchant-risk-tier",
         "attribute": "userDescription", "expected": "Tiers.", "held": "<b>By hand</b>", "is_healed": False,
         "reason": "people may have written both, so neither is lost: the duplicate is kept until a person decides"},
        {"kind": "attribute", "what": "attribute changed in the catalog", "name": "merchant-risk-tier v1",
         "attribute": "stage", "expected": "Production", "held": "Archived"},
        {"kind": "curated attribute", "what": "text of a steward", "name": "merchant-risk-tier",
         "attribute": "description", "expected": "Tiers.", "held": "Written by hand.", "is_healed": False},
    ]  # fmt: skip
    plain: Json = {"expected": "", "held": "", "is_healed": True, **made}
    differences = [{**plain, "qualified_name": f"mlflow://m/{row['name']}", **row} for row in rows]
    counts = {"deleted": 1, "duplicated": 1, "conflict": 1, "attribute": 1, "curated attribute": 1}
    return document(
        mode="plan", sources=[], records=[], findings=[], suites="", held_back={},
        outcome=outcome(mode="plan", acknowledged={}, writes=0),
        stages=[stage("reconcile", 1.2)],
        reconciled={"compared": 259, "counts": counts, "differences": differences},
    )  # fmt: skip


def healed() -> Document:
    """A run that put right what differed; a duplicate was merged."""
    row: Json = {
        "kind": "duplicated", "what": "several entities of one qualified name", "name": "merchant-risk-tier",
        "type_name": "ai_model", "qualified_name": "mlflow://m/merchant-risk-tier", "attribute": "",
        "expected": "g-1, created 2026-03-01 02:17:00+00:00", "held": "g-2, created 2026-03-01 02:17:01+00:00",
        "is_healed": True, "link": None,
    }  # fmt: skip
    named = {name: row[name] for name in ("type_name", "qualified_name", "name")}
    merged = [{**named, "stays": "g-1", "duplicate": "g-2", "taken_over": "label checked, meanings Risk <tiers>"}]
    return document(
        sources=[], records=[], findings=[], suites="", held_back={}, changes=NO_CHANGES,
        outcome=outcome(acknowledged={}, merged=merged),
        stages=[stage("reconcile", 1.2)],
        reconciled={"compared": 259, "counts": {"duplicated": 1}, "differences": [row]},
    )  # fmt: skip


def everything_wrong() -> Document:
    """A run in which every part of the report has something to say."""
    return document(
        sources=[*partial().sources, *source_failed().sources[1:], azure().sources[1], unread("mlflow-late")],
        since_last=since_last(),
        access=azure().access,
        older_agent_versions={"foundry": 17},
        rule_errors=rule_error().rule_errors,
        findings=[*ok().findings, waived()],
        duplicates=[duplicate()],
        lifecycle=[
            moved(),
            moved("merchant-risk-tier v3", from_state="staging", to_state="production", stated_at=None),
        ],
        records=[
            *ok().records,
            record("merchant-risk-tier", "incomplete", provisional=True, owner_name=None),
            record("claims-assistant", kind="agent", production_versions="agent claims-assistant"),
            record("old-score", "auditable", state="retired", production_versions=""),
        ],
        outcome=outcome(
            refused=_REFUSED, dropped=_DROPPED, ledger_rebuilt=_REBUILT, acknowledged={}, error=_ERROR, left=1
        ),
        stages=[*stages()[:-1], stage("publish", 9.0, error="Atlas answered 503.", remedy="Start Atlas.")],
    )


def _broken_off(**more: Any) -> Document:
    return document(
        records=[], findings=[], suites="", changes=NO_CHANGES, held_back={}, outcome=None,
        **more,
    )  # fmt: skip


def broke_off(remedy: str = "") -> Document:
    error = "ConfigurationError: suites/house.yaml:rules[3]: no expectation is named foo."
    failed = stage("judge", 0.2, error=error, remedy=remedy)
    return _broken_off(stages=[stage("read mlflow"), stage("resolve"), failed])


def never_began() -> Document:
    return _broken_off(sources=[unread("mlflow"), unread("mlflow-risk")], stages=[])


def read_raised() -> Document:
    failed = stage("read mlflow", 30.0, error="The connection mlflow_default does not exist.")
    return _broken_off(sources=[unread("mlflow")], stages=[failed])


def large() -> Document:
    """More of everything than one page shows."""
    items = [finding(f"model-{number:04}") for number in range(130)]
    shown = [change(f"model-{number:04}") for number in range(120)]
    shown += [change(f"new-{number:04}", "create") for number in range(80)]
    counts = {"update": {"ai_governed_model": 12_000}, "create": {"ai_model_version": 3_000}}
    rows = [
        {"source": "mlflow", "collection": "runs", "native_id": f"run-{number}", "reason": "no start time"}
        for number in range(230)
    ]
    many = [collection(f"ws-{number:03}/jobs") for number in range(300)]
    torn = [collection(f"ws-torn-{number:03}/jobs", "failed") for number in range(40)]
    return document(
        sources=[source(quarantined=rows), source("azure-ml", "partial", collections=[*many, *torn])],
        access=[access(f"endpoint-{number:04}") for number in range(230)],
        records=[record(f"model-{number:04}") for number in range(620)],
        findings=[group("ownership.owner.missing", "critical", *items), *(group(f"house.rule.{n}") for n in range(30))],
        changes={"total": 15_000, "unchanged": 1_234_567, "counts": counts, "shown": shown},
    )


ENTITY_MAPPINGS: dict[str, Callable[[], Document]] = {
    shape.__name__: shape
    for shape in (
        ok, quiet, planned, source_failed, partial, catalog_failed, refused, rule_error, everything_wrong,
        broke_off, never_began, read_raised, large, azure, worse, unchanged, not_allowed, not_switched_on, known_gap,
        some_sources, reconciled, healed, edited,
    )
}  # fmt: skip
