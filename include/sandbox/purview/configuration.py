"""The shipped configuration with a Purview account in the place of its Atlas: the demo's face, by address and login."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from include.governance.config import DEFAULT_CONFIG
from include.governance.config.loader import read_yaml
from include.sandbox.azure.names import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from include.sandbox.errors import SandboxError

from .face import COLLECTION, PurviewFace

_PORT = 21444
_FILE = "governance.yaml"
_HEAD = "# Written by the demo: include/config/governance.yaml, with its face of Purview as the catalog\n"


def port() -> int:
    """GOVERNANCE_PURVIEW_PORT, 21444 by default. Raises SandboxError: it is no port."""
    value = os.environ.get("GOVERNANCE_PURVIEW_PORT") or str(_PORT)
    if not value.isdecimal() or not 0 <= int(value) <= 65_535:
        raise SandboxError(f"GOVERNANCE_PURVIEW_PORT is {value}, which is no port.", "Give a number up to 65535.")
    return int(value)


def write(folder: Path, face: PurviewFace, atlas: str) -> Path:
    """Writes the configuration.

    Args:
        atlas: base URL of the Atlas that keeps everything: its pages show the assets, the face has none.

    Returns:
        The file, for GOVERNANCE_CONFIG.
    """
    document: dict[str, Any] = read_yaml(DEFAULT_CONFIG)
    shipped = DEFAULT_CONFIG.parent
    document["register"] = str(shipped / document["register"])
    document["suites"] = [str(shipped / suite) for suite in document["suites"]]
    document["catalog"] = {
        "kind": "purview",
        "name": "purview",
        "url": face.url,
        "collection": COLLECTION,
        "credential": {
            "kind": "client_secret",
            "tenant_id": TENANT_ID,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        },
        "cloud": {"metadata_url": face.metadata_url},
        "ca_bundle": face.ca_bundle,
        "operations_per_second": 1_000,  # of an account on loopback
        "page": f"{atlas}/index.html#!/detailPage/{{guid}}?tabActive=lineage",
    }
    file = folder / _FILE
    file.write_text(_HEAD + yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file
