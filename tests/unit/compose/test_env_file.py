"""`make env`: the file .env, filled once and never changed after."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from include.compose.env_file import fill

EXAMPLE = Path(__file__).resolve().parents[3] / ".env.example"


def values(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_everything_is_set_and_every_secret_is_another(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert set(fill(file, EXAMPLE)) == set(values(EXAMPLE))
    made = values(file)
    assert all(len(value) >= 43 for value in made.values())
    assert len(set(made.values())) == len(made)
    assert len(base64.urlsafe_b64decode(made["AIRFLOW_FERNET_KEY"])) == 32
    assert made["ATLAS_PASSWORD_SHA256"] == hashlib.sha256(made["ATLAS_PASSWORD"].encode()).hexdigest()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().count("#") == EXAMPLE.read_text().count("#")  # its comments too
    assert set(values(EXAMPLE).values()) == {""}


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    fill(file, EXAMPLE)
    before = file.read_text()
    assert fill(file, EXAMPLE) == []
    assert file.read_text() == before


def test_what_is_set_stays_and_what_follows_from_it_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nATLAS_PASSWORD='it # is $ours'\nOTHER=1\nPOSTGRES_PASSWORD=\n")
    filled = fill(file, EXAMPLE)
    assert "ATLAS_PASSWORD" not in filled
    made = values(file)
    assert (made["ATLAS_PASSWORD"], made["OTHER"]) == ("'it # is $ours'", "1")
    assert made["ATLAS_PASSWORD_SHA256"] == hashlib.sha256(b"it # is $ours").hexdigest()
    assert len(made["POSTGRES_PASSWORD"]) >= 43
    assert file.read_text().startswith("# ours\n")
    file.write_text(file.read_text().replace("'it # is $ours'", "another"))
    assert fill(file, EXAMPLE) == ["ATLAS_PASSWORD_SHA256"]


@pytest.mark.parametrize(
    "line",
    ["ATLAS_PASSWORD=a$b", 'ATLAS_PASSWORD="a"', "ATLAS_PASSWORD=a # b", "ATLAS_PASSWORD='a", "what is this"],
    ids=["a dollar", "double quotes", "a comment", "half a quote", "no assignment"],
)
def test_a_value_that_compose_reads_otherwise_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"A=1\n{line}\n")
    with pytest.raises(ValueError, match="line 2: ") as refused:
        fill(file, EXAMPLE)
    assert line.partition("=")[2] == "" or line.partition("=")[2] not in str(refused.value)
    assert file.read_text() == f"A=1\n{line}\n"
