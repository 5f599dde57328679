"""Evidence that two units are one model, as edges: each with the rule that found it and its rank, strongest first.

Tables, not objects: a run of a thousand versions gives a thousand rows, never a pair for each two.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

EDGES = ["left", "right", "rank", "rule"]
KEY = "key\0"  # what the node of a record's key begins with

_LINK, _CLAIM, _LAST_KNOWN = 0, 1, 9
_HEX32 = r"(?i)([0-9a-f]{32})"
_STORED = r"(?i)^(?:s3|s3a|gs|abfss?|wasbs?|azureml|https?|dbfs|hdfs)://?.+"
# Azure ML files what is uploaded under the hash of its content
_UPLOADED = rf"(?i)/LocalUpload/{_HEX32[4:]}(?:/|$)"
# token -> (rank, rule, how a person reads it)
_TOKENS = {
    "run": (2, "same run behind both"),
    "imported run": (3, "one run imported from the other's"),
    "logged model": (3, "same logged model behind both"),
    "digest": (3, "same artifact digest"),
    "artifact": (4, "same artifact path"),
}


def link_edges(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Nodes that the register links."""
    return pd.DataFrame([(left, right, _LINK, "register link") for left, right in pairs], columns=EDGES)


def claimed_edges(units: pd.DataFrame) -> pd.DataFrame:
    """Units to the key that a person asks for; also the unit that has that key by itself and asks for no other."""
    claims = units.dropna(subset="claim_key").drop_duplicates("unit")
    own = units[units["claim_key"].isna() & units["derived"].isin(claims["claim_key"])].drop_duplicates("unit")
    rows = list(zip(claims["unit"], claims["claim_key"], claims["claim_rule"], strict=True))
    rows += [(unit, key, "the key that others name") for unit, key in zip(own["unit"], own["derived"], strict=True)]
    return pd.DataFrame([(unit, KEY + key, _CLAIM, rule) for unit, key, rule in rows], columns=EDGES)


def evidence_edges(units: pd.DataFrame) -> pd.DataFrame:
    """Units that share a run, a logged model or an artifact, or of which one is a copy of the other."""
    return pd.concat([_copies(units), *(_shared(units, kind) for kind in _TOKENS)], ignore_index=True)


def last_known_edges(units: pd.DataFrame, known: Mapping[str, tuple[str, int]]) -> pd.DataFrame:
    """What was not read this time stays with those it stood in one record with."""
    frame = units[["unit", "qualified_name", "is_stale"]].copy()
    frame["key"] = [known.get(name, (None,))[0] for name in frame["qualified_name"]]
    frame = frame.dropna(subset="key").sort_values(["is_stale", "unit"]).drop_duplicates(["key", "unit"])
    frame["left"] = frame.groupby("key")["unit"].transform("first")
    shaky = frame[frame["is_stale"].astype(bool) & (frame["left"] != frame["unit"])]
    return pd.DataFrame(
        {"left": shaky["left"], "right": shaky["unit"], "rank": _LAST_KNOWN, "rule": "one record when last read"},
        columns=EDGES,
    )


def _copies(units: pd.DataFrame) -> pd.DataFrame:
    """A version that its registry says is a copy of another."""
    origin = units[["qualified_name", "unit", "label"]].rename(columns={"unit": "left", "label": "origin"})
    copies = units.dropna(subset="copied_from").merge(origin, left_on="copied_from", right_on="qualified_name")
    copies = copies[copies["left"] != copies["unit"]]
    rule = "copied from " + copies["origin"].astype("string")
    return pd.DataFrame({"left": copies["left"], "right": copies["unit"], "rank": 2, "rule": rule}, columns=EDGES)


def _shared(units: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Units of different containers that share a token.

    What made several models of one container joins only those of the same name: one run may log two models.
    """
    rank, rule = _TOKENS[kind]
    token = tokens_of(units, kind).astype("string").dropna()
    if token.empty:
        return pd.DataFrame(columns=EDGES)
    columns = units.loc[token.index, ["unit", "container", "parent_name", "label"]].astype("string")
    tokens = columns.assign(token=token).drop_duplicates(["token", "container", "unit"])
    crowded = tokens.groupby(["token", "container"])["unit"].transform("nunique").gt(1)
    several = tokens["token"].isin(tokens.loc[crowded, "token"])
    named = tokens["token"] + "\0" + tokens["parent_name"].str.casefold()
    group = tokens["token"].where(~several, named)
    tokens = tokens[tokens.groupby(group)["container"].transform("nunique") > 1].assign(group=group)
    tokens = tokens.sort_values(["group", "unit"], kind="stable")
    tokens["left"] = tokens.groupby("group")["unit"].transform("first")
    tokens["with"] = tokens.groupby("group")["label"].transform("first")
    tokens = tokens[tokens["left"] != tokens["unit"]]
    words = f"{rule}: " + tokens["token"] + ", with " + tokens["with"]
    return pd.DataFrame({"left": tokens["left"], "right": tokens["unit"], "rank": rank, "rule": words}, columns=EDGES)


def tokens_of(units: pd.DataFrame, kind: str) -> pd.Series:
    """What two units of one model would share, as text; None where they have no such thing.

    An id of 32 hexadecimal digits is the same run wherever it stands; a job's chosen name only within its workspace.
    """
    uri = units["source_uri"].astype("string")
    if kind == "run":
        run = units["run"].astype("string")
        segment = run.str.rsplit("/", n=1).str[-1].str.replace("-", "").str.extract(f"{_HEX32}$")[0].str.lower()
        found = uri.str.extract(rf"(?i)(?:^runs:/{_HEX32[4:]}(?:/|$)|/{_HEX32[4:]}/artifacts(?:/|$))")
        in_uri = found[0].fillna(found[1]).str.lower()
        return segment.fillna(run).fillna(in_uri)
    if kind == "imported run":
        imported = units["imported_run"].astype("string").str.replace("-", "").str.extract(rf"(?i)^{_HEX32[4:]}$")[0]
        return imported.str.lower().fillna(tokens_of(units, "run"))
    if kind == "logged model":
        stated = units["logged_model_id"].astype("string").str.extract(r"^(m-[0-9a-f]{32})$")[0]
        return stated.fillna(uri.str.extract(r"(?:/|:)(m-[0-9a-f]{32})(?:/|$)")[0])
    if kind == "digest":
        digest = units["digest"].astype("string").str.strip().str.lower()
        return digest.where(digest != "").fillna(uri.str.extract(_UPLOADED)[0].str.lower())
    stored = uri.where(uri.str.match(_STORED).fillna(False).astype(bool))
    return stored.str.rstrip("/").str.replace("?", "\0").str.split("\0").str[0]
