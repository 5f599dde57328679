"""Parts of a report's document, as its JSON has them."""

from __future__ import annotations

from typing import Any

from include.governance.plan.reasons import CREATED, MISSING_NOW, RESTORED, RETIRED_NOW, UPDATED

Json = dict[str, Any]

ATLAS = "http://atlas.example:21000"
REASONS = {"create": CREATED, "update": UPDATED, "missing": MISSING_NOW, "restore": RESTORED, "retire": RETIRED_NOW}


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


def unread(name: str, **more: Any) -> Json:
    return {"name": name, "state": "not read", "collections": [], "quarantined": [], "secrets_removed": {}, **more}


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
        "ask": "platform team (no owner is registered: name one in the register)",
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
        "reason": REASONS[action],
        **more,
    }


def omission(name: str = "old-run", kind: str = "held back", **more: Any) -> Json:
    return {
        "kind": kind,
        "type_name": "ai_training_run",
        "qualified_name": f"mlflow://mlflow/runs/{name}",
        "source": "mlflow",
        "name": name,
        "link": f"{ATLAS}/index.html#!/detailPage/{name}?tabActive=lineage",
        "reason": "its source still has it, and nothing that is published needs it any more",
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


def changed_finding(name: str = "credit-limit-advisor", **more: Any) -> Json:
    found = finding(name)
    kept = ("subject", "subject_label", "record_key", "sentence", "remedy", "ask", "link")
    return {
        "rule": "ownership.owner.missing",
        "severity": "critical",
        **{name: found[name] for name in kept},
        **more,
    }


def since_last(**more: Any) -> Json:
    """One finding came, one went, one verdict got worse, one record is new."""
    return {
        "run_id": "sync-20260301T020000Z-1c3d",
        "started_at": "2026-03-01T02:00:00+00:00",
        "new_findings": [changed_finding()],
        "gone_findings": [changed_finding("card-fraud-detector", rule="use_case.missing", severity="warning")],
        "verdicts": [
            moved_verdict("credit-limit-advisor", "auditable", "unauditable"),
            moved_verdict("merchant-risk-tier", None, "incomplete"),
        ],
        **more,
    }


def moved_verdict(name: str, before: str | None, after: str | None) -> Json:
    names = {"qualified_name": f"governance://records/{name}", "name": name}
    return {**names, "before": before, "after": after, "link": None}
