"""Documents as `reports.run.document.build` makes them: one per way a run can end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from include.governance.reports.run.document import Document
from include.governance.reports.run.records import VerdictCounts

Json = dict[str, Any]

ATLAS = "http://atlas.example:21000"


def collection(name: str, state: str = "complete", **more: Any) -> Json:
    counts = {"seen": 12, "carried": 0, "filtered": 0, "quarantined": 0, "pages": 1}
    return {"source": "mlflow", "collection": name, "state": state, "mode": "full"} | counts | {
        "reason": "", "remedy": "", **more,
    }  # fmt: skip


def source(name: str = "mlflow", state: str = "complete", **more: Any) -> Json:
    return {
        "name": name,
        "platform": "mlflow",
        "address": f"https://{name}.example/mlflow",
        "read_at": "2026-03-02T02:00:05+00:00",
        "calls": 5,
        "retries": 0,
        "seconds": 0.31,
        "remaining_reads": None,
        "state": state,
        "collections": [collection("experiments"), collection("model_versions"), collection("runs", carried=4000)],
        "quarantined": [],
        "secrets_removed": {},
        **more,
    }


def unread(name: str) -> Json:
    return {"name": name, "state": "not read", "collections": [], "quarantined": [], "secrets_removed": {}}


def record(name: str = "card-fraud-detector", verdict: str | None = "auditable", **more: Any) -> Json:
    return {
        "qualified_name": f"governance://records/{name}",
        "key": name,
        "name": name,
        "label": name,
        "kind": "model",
        "state": "production",
        "state_since": "2026-02-11T02:00:00+00:00",
        "owner_stated": "fraud",
        "owner": "team-fraud",
        "owner_name": "Fraud Analytics",
        "use_case": "UC-FRAUD-01",
        "risk_tier": "high",
        "description": "Forest approved by the fraud board.",
        "production_versions": f"{name} v3",
        "sources": "mlflow",
        "source": "mlflow",
        "suspected_duplicates": None,
        "dismissed_duplicates": None,
        "contradictions": None,
        "verdict": verdict,
        "provisional": False,
        "critical": 0,
        "warning": 0,
        "info": 0,
        "rules": "",
        "link": f"{ATLAS}/index.html#!/detailPage/{name}?tabActive=lineage",
        **more,
    }


def finding(name: str = "credit-limit-advisor", **more: Any) -> Json:
    return {
        "subject": f"mlflow://mlflow/models/{name}/versions/2",
        "subject_label": f"{name} v2",
        "record_key": name,
        "sentence": f"Nobody owns {name} v2.",
        "remedy": "Set the tag governance.owner on the model.",
        "ask": "platform team (no owner is known)",
        "waived_until": None,
        "waived_by": None,
        "waived_reason": None,
        "waiver_expired": None,
        "evidence": {"model": f"mlflow://mlflow/models/{name}", "owner_stated": None, "tries": 0},
        "link": f"{ATLAS}/index.html#!/detailPage/version-{name}?tabActive=lineage",
        **more,
    }


def waived() -> Json:
    """A rule with a finding that is waived, and one whose waiver has expired."""
    until = {"waived_until": "2026-06-30", "waived_by": "Tom Becker", "waived_reason": "Measured outside."}
    expired = "waived until 2026-02-28 by Ana Ruiz: Being written."
    items = (finding("merchant-risk-tier", **until), finding("tumour-malignancy", waiver_expired=expired))
    return group("evaluation.metrics.missing", "warning", *items)


def duplicate(name: str = "card-fraud-detector", **more: Any) -> Json:
    return {
        "key": f"mlflow/{name}",
        "name": name,
        "suspected_duplicates": f"{name}: similar names (cardfrauddetector)",
        "dismissed_duplicates": None,
        "contradictions": None,
        "link": None,
        **more,
    }


def moved(label: str = "card-fraud-detector v2", **more: Any) -> Json:
    return {
        "subject": f"mlflow://mlflow/{label}",
        "label": label,
        "record_key": "card-fraud-detector",
        "from_state": "production",
        "to_state": "retired",
        "signal": "archived at its source",
        "after": "2026-03-01T02:00:00+00:00",
        "seen_at": "2026-03-02T02:00:00+00:00",
        "stated_at": "2026-03-01T17:12:00+00:00",
        "link": None,
        **more,
    }


def group(rule: str = "ownership.owner.missing", severity: str = "critical", *items: Json) -> Json:
    return {"rule": rule, "severity": severity, "items": list(items) or [finding()]}


def access(label: str = "credit-api", **more: Any) -> Json:
    return {
        "qualified_name": f"azure://subscriptions/s/workspaces/ws-fraud/onlineendpoints/{label}",
        "source": "azure-ml",
        "kind": "endpoint",
        "label": label,
        "container": "azure://subscriptions/s/workspaces/ws-fraud",
        "record_key": None,
        "in_production": True,
        "owner_name": None,
        "owner_stated": None,
        "runs_as": "its own identity",
        "caller_auth": "keys",
        "static_keys": True,
        "public_network": "enabled",
        "static_connections": None,
        "static_key_reason": "callers may come with a key",
        "widest_right": "AcrPull on resource acrfraud",
        "width": 10,
        "broad_rights": None,
        "unknown_reason": None,
        "incomplete_reason": None,
        "rights": ["AcrPull on resource acrfraud"],
        "connections": [],
        "rules": [],
        "link": f"{ATLAS}/index.html#!/detailPage/{label}?tabActive=lineage",
        **more,
    }


def change(name: str = "card-fraud-detector", action: str = "update", **more: Any) -> Json:
    update = [{"name": "description", "before": "Forest.", "after": "Forest approved by the fraud board."}]
    return {
        "action": action,
        "type_name": "ai_governed_model",
        "qualified_name": f"governance://records/{name}",
        "name": name,
        "link": f"{ATLAS}/index.html#!/detailPage/{name}?tabActive=lineage",
        "attributes": update if action == "update" else [],
        "add_references": {"versions": [["ai_model_version", f"mlflow://mlflow/models/{name}/versions/3"]]}
        if action == "update"
        else {},
        "remove_references": {},
        "add_classifications": ["auditable"],
        "remove_classifications": ["unauditable"] if action == "update" else [],
        **more,
    }


def outcome(**more: Any) -> Json:
    return {
        "catalog": "atlas",
        "mode": "publish",
        "acknowledged": {"create": {"ai_governed_model": 1}, "update": {"ai_governed_model": 1}},
        "refused": [],
        "dropped": [],
        "left": 0,
        "types": ["ai_governed_model"],
        "relationships": 0,
        "classifications": 0,
        "ledger_rebuilt": "",
        "error": None,
        "calls": 10,
        "writes": 4,
        "retries": 0,
        "seconds": 3.0,
        "seconds_waiting": 0.5,
        **more,
    }


def stage(name: str, seconds: float = 1.0, **more: Any) -> Json:
    return {"stage": name, "seconds": seconds, **more}


def stages() -> list[Json]:
    names = ("read mlflow", "resolve", "judge", "plan")
    return [*(stage(name) for name in names), stage("publish", 3.2, seconds_waiting=1.2, calls=10, writes=4)]


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
    return document(mode="plan", outcome=outcome(mode="plan", acknowledged={}, calls=0, writes=0))


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


def everything_wrong() -> Document:
    """A run in which every part of the report has something to say."""
    return document(
        sources=[*partial().sources, *source_failed().sources[1:], azure().sources[1], unread("mlflow-late")],
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
        stages=[*stages()[:-1], stage("publish", 9.0, error="CatalogUnavailable: Atlas answered 503.")],
    )


def _broken_off(**more: Any) -> Document:
    return document(
        records=[], findings=[], suites="", changes=NO_CHANGES, held_back={}, outcome=None,
        **more,
    )  # fmt: skip


def broke_off() -> Document:
    failed = stage("judge", 0.2, error="ConfigurationError: suites/house.yaml:rules[3]: no expectation is named foo.")
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
        broke_off, never_began, read_raised, large, azure,
    )
}  # fmt: skip
