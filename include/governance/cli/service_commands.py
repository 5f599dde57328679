"""The commands around the service: running it, and the tokens by which machines ask it."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from ..errors import ConfigurationError
from . import output
from .options import ConfigOption, JsonOption
from .running import open_workspace

token_app = typer.Typer(no_args_is_help=True, help="Tokens by which machines ask the service. Only hashes are kept.")
NameArgument = Annotated[str, typer.Argument(help="what the token is for, or who has it")]


def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8787,
    config: ConfigOption = None,
) -> None:
    """Answer the gate over HTTP: POST /gate with a token of `token create`, GET /healthz without one."""
    import uvicorn

    from ..service import create_app

    open_workspace(config)  # a fault in it is told now, not at the first request
    output.progress(f"The gate is asked at http://{host}:{port}/gate. Ctrl+C ends it.")
    uvicorn.run(create_app(lambda: open_workspace(config)), host=host, port=port, log_level="warning")


@token_app.command()
def create(name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Make a token and print it. It cannot be shown again."""
    if not name.strip():
        raise ConfigurationError("a token needs a name.", "Say what it is for: token create NAME.", key="NAME")
    token = open_workspace(config).tokens.create(name, getpass.getuser(), datetime.now(UTC))
    if as_json:
        output.print_json({"name": name, "token": token})
    else:
        output.print_text(token)


@token_app.command()
def revoke(name: NameArgument, config: ConfigOption = None) -> None:
    """Withdraw a token: from now on it opens nothing."""
    open_workspace(config).tokens.revoke(name, datetime.now(UTC))
    output.progress(f"{name} opens nothing from now on.")


@token_app.command("list")
def list_tokens(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List all tokens by name, with who made them when, and since when they are withdrawn."""
    from ..queries.terminal import show_tokens

    listed = open_workspace(config).tokens.listed()
    if as_json:
        output.print_json({"tokens": listed})
    else:
        show_tokens(listed)
