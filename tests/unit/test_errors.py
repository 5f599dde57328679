"""The tree of errors: what is retried, what is skipped, and the exit code of each."""

from __future__ import annotations

import pytest

from include.governance import errors
from include.governance.errors import ExitCode, GovernanceError

POLICIES = {
    errors.ConfigurationError: (False, False, ExitCode.CONFIGURATION),
    errors.SourceError: (False, False, ExitCode.SOURCE),
    errors.SourceUnavailable: (True, False, ExitCode.SOURCE),
    errors.Unsupported: (False, True, ExitCode.SOURCE),
    errors.CatalogError: (False, False, ExitCode.CATALOG),
    errors.CatalogUnavailable: (True, False, ExitCode.CATALOG),
    errors.CatalogBusy: (True, False, ExitCode.CATALOG),
}


@pytest.mark.parametrize("kind", POLICIES, ids=lambda kind: kind.__name__)
def test_the_class_of_an_error_gives_its_policy(kind: type[GovernanceError]) -> None:
    error = kind("it failed.", "Look.")
    assert (error.retriable, isinstance(error, errors.SkippableError), error.exit_code) == POLICIES[kind]
    assert error.as_dict() | {"error": kind.__name__, "message": "it failed.", "remedy": "Look."} == error.as_dict()
