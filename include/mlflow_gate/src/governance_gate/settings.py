"""The settings, from environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_PREFIX = "MLFLOW_GATE_"


class SettingsError(Exception):
    """A variable is missing or wrong; the message names it."""


@dataclass(frozen=True)
class Settings:
    """What is guarded, who is asked, and what an answer does.

    Attributes:
        url: Of the service, without a trailing slash.
        token: By which the service knows this server.
        source: What the service's configuration calls this server, or its default workspace.
        workspaces: By name of another workspace of this server, the source that reads it.
        aliases, stages, tag_values: In lower case.
        tag: Of a version; empty where no tag is guarded.
        refuses: False: nothing is refused, answers are only logged.
        cannot_tell_refuses: What happens where nobody can tell.
        seconds: The service has so long to answer.
        app: The app of MLflow that this one adds to; empty for the plain server.
    """

    url: str
    token: str
    source: str
    workspaces: Mapping[str, str]
    aliases: frozenset[str]
    stages: frozenset[str]
    tag: str
    tag_values: frozenset[str]
    refuses: bool
    cannot_tell_refuses: bool
    seconds: float
    app: str

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Settings:
        """Raises SettingsError."""

        def value(name: str, default: str = "") -> str:
            return variables.get(_PREFIX + name, default).strip()

        def names(name: str, default: str) -> frozenset[str]:
            return frozenset(part.strip().lower() for part in value(name, default).split(",") if part.strip())

        def choice(name: str, default: str, other: str) -> bool:
            found = value(name, default) or default
            if found not in (default, other):
                raise SettingsError(f"{_PREFIX}{name} is {found!r}: give {default} or {other}.")
            return found == default

        missing = [_PREFIX + name for name in ("URL", "TOKEN", "SOURCE") if not value(name)]
        if missing:
            raise SettingsError(f"set {', '.join(missing)}.")
        app = value("APP")
        if app not in ("", "basic-auth"):
            raise SettingsError(f"{_PREFIX}APP is {app!r}: give basic-auth, or leave it out.")
        try:
            seconds = float(value("SECONDS", "25"))
        except ValueError:
            raise SettingsError(f"{_PREFIX}SECONDS is no number.") from None
        return cls(
            url=value("URL").rstrip("/"),
            token=value("TOKEN"),
            source=value("SOURCE"),
            workspaces=_pairs(value("WORKSPACES")),
            aliases=names("ALIASES", "production,champion"),
            stages=names("STAGES", "Production"),
            tag=value("TAG", "lifecycle"),
            tag_values=names("TAG_VALUES", "production"),
            refuses=choice("MODE", "refuse", "observe"),
            cannot_tell_refuses=choice("CANNOT_TELL", "refuse", "pass"),
            seconds=seconds,
            app=app,
        )


def _pairs(text: str) -> dict[str, str]:
    """`a=b,c=d`. Raises SettingsError."""
    found = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not value.strip() for _, _, value in found):
        raise SettingsError(f"{_PREFIX}WORKSPACES is not of the form WORKSPACE=SOURCE,WORKSPACE=SOURCE.")
    return {name.strip(): value.strip() for name, _, value in found}
