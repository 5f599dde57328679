"""`python3 -m include.compose env`: fills .env. `... run COMMAND`: runs it with the addresses of `addresses.py`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import addresses, env_file, mlflow_login

_PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> None:
    """Runs one verb; what is wrong ends it with a sentence and exit code 2."""
    parser = argparse.ArgumentParser(prog="python3 -m include.compose", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    env = verbs.add_parser("env", help="copy .env.example to .env, with random secrets where it has none")
    env.add_argument("--file", type=Path, default=_PROJECT / ".env")
    run = verbs.add_parser("run", help="run a command with the addresses that ADDRESS_* variables describe")
    run.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    try:
        _env(chosen.file) if chosen.verb == "env" else _run(chosen.command)
    except (ValueError, OSError) as error:
        sys.exit(_refused(str(error)))


def _env(file: Path) -> None:
    filled = env_file.fill(file, _PROJECT / ".env.example")
    print(f"{file}: {', '.join(filled)} set anew." if filled else f"{file}: all is set already.")


def _run(command: list[str]) -> None:
    """Replaces this process, so that signals reach the command."""
    if not command:
        raise ValueError("name the command to run.")
    os.environ.update(addresses.filled(os.environ))
    if "MLFLOW_AUTH_CONFIG_PATH" in os.environ:
        mlflow_login.write(Path(os.environ["MLFLOW_AUTH_CONFIG_PATH"]), os.environ["MLFLOW_BACKEND_STORE_URI"])
    os.execvp(command[0], command)  # noqa: S606 - the compose file names it


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main(sys.argv[1:])
