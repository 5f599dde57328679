"""Whether a signal that is not seen any more has ended, or merely could not be read."""

from __future__ import annotations

from ...estate import Coverage
from ...model import qualified_names
from ...model.assets import AssetKind

_VERSIONS = (AssetKind.MODEL_VERSION, AssetKind.AGENT_VERSION)
_PARENTS = (AssetKind.MODEL, AssetKind.AGENT)  # these may carry aliases and stages
_LISTED = (*_VERSIONS, AssetKind.DEPLOYMENT)
_SERVING = (AssetKind.ENDPOINT, AssetKind.DEPLOYMENT)


class EndedSignals:
    """Answers for versions, agents and deployments. Answers are cached by the listing that a subject is in."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._answers: dict[tuple[str, str], bool] = {}

    def has_ended(self, subject: str, signal_from: str | None = None) -> bool:
        """Whether an absent signal of that subject has ended.

        Args:
            subject: qualified name of a version, agent or deployment.
            signal_from: qualified name of the endpoint that gave the signal; None where the version carried it.
        """
        parent = _parent(subject)
        taken = self._coverage.was_excluded(subject) or self._coverage.was_quarantined(subject)
        if taken or self._coverage.was_quarantined(parent):
            return False
        listing = (parent.rsplit("/", 1)[0], signal_from or "")
        if listing not in self._answers:
            self._answers[listing] = self._is_conclusive(f"{listing[0]}/", signal_from)
        return self._answers[listing]

    def was_excluded(self, subject: str) -> bool:
        """Whether allow and deny patterns exclude it: it may exist, unread."""
        return self._coverage.was_excluded(subject)

    def is_listed(self, subject: str) -> bool:
        """Whether any source that was read lists such a subject, however far it was read."""
        return self._coverage.proves(_LISTED, subject) is not None

    def _is_conclusive(self, listing: str, signal_from: str | None) -> bool:
        versions = self._coverage.proves(_VERSIONS, listing)
        if versions is None:
            served = signal_from is not None and self._is_endpoint_read(signal_from)
            lacks = self._coverage.proves((AssetKind.DEPLOYMENT,), listing)
            return served or bool(lacks) or self._coverage.is_container_absent(listing)
        if not versions or self._coverage.proves(_PARENTS, listing) is False:
            return False
        container = qualified_names.azure_container(listing)
        if container and not self._coverage.proves_below(_SERVING, container):
            return False
        return signal_from is None or self._is_endpoint_read(signal_from)

    def _is_endpoint_read(self, endpoint: str) -> bool:
        """Whether the listing of that endpoint and that of its deployments were read completely."""
        endpoints, deployments = (self._coverage.proves((kind,), f"{endpoint}/") for kind in _SERVING)
        return bool(endpoints) and deployments is not False


def _parent(subject: str) -> str:
    return subject.split("/versions/")[0]
