"""The routes: `POST /gate` for machines with a token, `GET /healthz` for whoever watches the service."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from ..config.base import Strict
from ..errors import ConfigurationError, GovernanceError
from ..gate import GateRequest, gate
from ..model.rows import Row
from ..workspace import Workspace
from .body_limit import BodyLimit
from .current import Current

_BEARER = "Bearer "
_REMEDY_401 = (
    "no token, or one that is unknown or withdrawn. Send `Authorization: Bearer TOKEN`, with one that "
    "`python -m include.governance token create NAME` has made."
)
_Name = Annotated[str, Field(min_length=1, max_length=500)]


class GateBody(Strict):
    """What `POST /gate` takes."""

    source: _Name
    model: _Name
    version: _Name
    to: _Name = "production"
    asked_by: str = Field("", max_length=500, description="the person, as far as the caller knows; default: the token")


def create_app(load: Callable[[], Workspace]) -> FastAPI:
    """The ASGI application.

    Args:
        load: Reads the configuration: at the first request, and when its files have changed.
    """
    current = Current(load)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await to_thread(current.warm_up)
        yield

    about = "Whether a model version may enter a lifecycle state."
    app = FastAPI(title="Model governance", description=about, lifespan=lifespan)
    app.add_middleware(BodyLimit)

    def machine(authorization: Annotated[str, Header()] = "") -> str:
        """The name of the token that the request carries."""
        token = authorization.removeprefix(_BEARER) if authorization.startswith(_BEARER) else ""
        name = current.workspace().tokens.name_of(token) if token else None
        if name is None:
            raise HTTPException(401, _REMEDY_401, {"WWW-Authenticate": "Bearer"})
        return name

    @app.get("/healthz")
    def healthz() -> Row:
        """Whether the configuration can be read and the state database answers."""
        current.workspace().history.runs(limit=1)
        return {"ok": True}

    @app.post("/gate")
    def ask(body: GateBody, caller: Annotated[str, Depends(machine)]) -> Row:
        """One judgement; all three answers come with status 200."""
        workspace, last = current.get()
        asked_by = f"{body.asked_by} ({caller})" if body.asked_by else caller
        return gate(workspace, GateRequest(body.source, body.model, body.version, body.to, asked_by), last).as_json()

    @app.exception_handler(GovernanceError)
    def failed(_request: Request, error: Any) -> JSONResponse:
        """A request that cannot be answered is the caller's fault (422), or ours (503)."""
        status = 422 if isinstance(error, ConfigurationError) else 503
        content = {"error": type(error).__name__, "message": error.message, "remedy": error.remedy}
        return JSONResponse(content, status_code=status)

    return app
