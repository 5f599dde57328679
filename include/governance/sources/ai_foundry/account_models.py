"""The provider's own dates of the models that an account offers (ARM, GET accounts/A/models, api-version 2025-09-01).

Shape: {format, name, version, baseModel {format, name, version}, lifecycleStatus, deprecation {inference, fineTune,
deprecationStatus Planned | Tentative}, skus [{name, deprecationDate}], replacementConfig {targetModelName,
targetModelVersion, autoUpgradeStartDate, upgradeOnExpiryLeadTimeDays}}; every leaf is optional. The items have no id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...model.rows import Row
from ..azure.fields import ArmFields, when
from ..fields import count, objects, part, text

# Columns of Kind.DEPLOYMENT on what the provider has announced
DATES = ("retires_on", "retirement_status", "fine_tune_until", "successor", "upgrade_from", "upgrade_lead_days")


class AnnouncedDates(NamedTuple):
    """What the provider states of one model. by_sku: SKU in lower case -> the ISO date of its own end."""

    columns: Row
    by_sku: Mapping[str, str]


class AccountModels:
    """The announced dates of all models of all accounts that were listed."""

    def __init__(self, fields: ArmFields) -> None:
        self._fields = fields
        self._known: dict[tuple[str, ...], AnnouncedDates] = {}

    def know(self, account: str, item: Mapping[str, Any]) -> None:
        """Takes an item of an account's listing. account: its ARM id. Raises Malformed."""
        deprecation, replaced = part(item, "deprecation"), part(item, "replacementConfig")
        successor = (text(replaced.get("targetModelName")), text(replaced.get("targetModelVersion")))
        columns = {
            "retires_on": _day(deprecation, "inference"),
            "retirement_status": self._fields.text(deprecation.get("deprecationStatus")),
            "fine_tune_until": _day(deprecation, "fineTune"),
            "successor": self._fields.text(" ".join(name for name in successor if name)),
            "upgrade_from": _day(replaced, "autoUpgradeStartDate"),
            "upgrade_lead_days": count(replaced, "upgradeOnExpiryLeadTimeDays"),
        }
        skus = {
            str(sku.get("name")).lower(): day
            for _, sku in objects(item, "skus")
            if (day := _day(sku, "deprecationDate"))
        }
        self._known[_key(account, item)] = AnnouncedDates(columns, skus)

    def dates_of(self, account: str, model: Mapping[str, Any], sku: str | None) -> Row:
        """The columns DATES of a deployment of that model: where its SKU ends earlier, that day counts. {} if unknown.

        Args:
            account: ARM id.
            model: `properties.model` of the deployment.
            sku: name of the deployment's SKU.
        """
        known = self._known.get(_key(account, model))
        if known is None:
            return {}
        days = [day for day in (known.columns["retires_on"], known.by_sku.get((sku or "").lower())) if day]
        return {**known.columns, "retires_on": min(days, default=None)}


def _key(account: str, model: Mapping[str, Any]) -> tuple[str, ...]:
    return (account.lower(), *(str(model.get(part) or "").lower() for part in ("format", "name", "version")))


def _day(record: Mapping[str, Any], field: str) -> str | None:
    """The day of a date, UTC, as an ISO text."""
    millis = when(record, field)
    return datetime.fromtimestamp(millis / 1000, UTC).date().isoformat() if millis is not None else None
