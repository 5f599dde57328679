"""The workspace: one installation's configuration, state database, staged files and catalog address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from .config import Configuration
from .config.connections import Endpoint, Lookup, endpoint, from_environment
from .config.models import Source
from .errors import ConfigurationError
from .stages import safe_name
from .staging.folder import Folder
from .state.absences import Absences
from .state.accepted import AcceptedListings
from .state.curated import CuratedHistory
from .state.database import open_database, require_folder
from .state.gate_judgements import GateJudgements
from .state.history import History
from .state.ledger import Ledger
from .state.lifecycle import LifecycleHistory
from .state.tokens import MachineTokens
from .storage import tighten

_MOST_DELETED = 50


@dataclass(frozen=True)
class Workspace:
    """What all syncs of one installation share.

    Attributes:
        config: Settings, register and suites, with where they came from.
        lookup: Finds a connection by its id: in the environment, or in Airflow.
    """

    config: Configuration
    lookup: Lookup = from_environment

    @property
    def engine(self) -> Engine:
        """The state database, migrated to the current schema."""
        if self.config.settings.state.database:
            require_folder(self.config.database)
        return open_database(self.config.database)

    @property
    def history(self) -> History:
        """Last snapshots, promotions, and the list of syncs."""
        return History(self.engine)

    @property
    def accepted_listings(self) -> AcceptedListings:
        """What a person said of listings that lack much."""
        return AcceptedListings(self.engine)

    @property
    def lifecycle_history(self) -> LifecycleHistory:
        """Lifecycle states and every change of them."""
        return LifecycleHistory(self.engine)

    @property
    def curated_history(self) -> CuratedHistory:
        """Curated fields of the configured catalog as they were last read."""
        return CuratedHistory(self.engine, self.config.settings.catalog.name)

    @property
    def absences(self) -> Absences:
        """For how long entities of the configured catalog have been missing from their source."""
        return Absences(self.engine, self.config.settings.catalog.name)

    @property
    def gate_judgements(self) -> GateJudgements:
        """Every judgement on a promotion."""
        return GateJudgements(self.engine)

    @property
    def tokens(self) -> MachineTokens:
        """Tokens by which machines ask the service."""
        return MachineTokens(self.engine)

    @property
    def ledger(self) -> Ledger:
        """What the configured catalog has acknowledged."""
        return Ledger(self.engine, self.config.settings.catalog.name)

    def source(self, name: str) -> Source:
        """The settings of one source. Raises ConfigurationError, with the names there are, where it is unknown."""
        sources = {source.name: source for source in self.config.settings.sources}
        if name not in sources:
            raise ConfigurationError(
                f"no source is named {name}.",
                f"Choose one of: {', '.join(sources)}.",
                file=str(self.config.path),
                key="sources",
            )
        return sources[name]

    def catalog_endpoint(self) -> Endpoint:
        """The catalog's address and credentials. Raises ConfigurationError where its connection is unknown."""
        catalog = self.config.settings.catalog
        return endpoint(catalog, catalog.url, self.lookup)

    def staging_folder(self, sync_id: str) -> Folder:
        """Where a sync stages its files."""
        return Folder(f"{self.config.staging}/{safe_name(sync_id)}")

    def report_folder(self, sync_id: str) -> Path:
        """Where a sync's report is written."""
        return self.config.reports / safe_name(sync_id)

    def tighten(self) -> None:
        """Takes the rights of others from the folders under GOVERNANCE_HOME that an earlier release made."""
        tighten(self.config.home / "staging", self.config.home / "reports")

    def tidy(self, current: str = "") -> list[str]:
        """Deletes staged files of old syncs, past `state.keep_runs`.

        Args:
            current: Id of the sync in progress, whose files stay.

        Returns:
            Ids of the syncs whose files were deleted; never one from which the next read starts.
        """
        keep = self.config.settings.state.keep_runs
        in_use = self.history.runs_in_use()
        old = [row["run_id"] for row in self.history.runs(limit=keep + _MOST_DELETED)[keep:]]
        deleted = [sync_id for sync_id in old if sync_id not in in_use and sync_id != current]
        for sync_id in deleted:
            self.staging_folder(sync_id).delete()
        return deleted
