"""Own expressions for what no library has, or reads only in part; all their repetitions are bounded or possessive."""

from __future__ import annotations

import re

from .values import MatchOptions, has_digits_and_letters

_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
_ALONE = r"(?:(?<![\w-])|(?<=\\[nrt]))"


def _is_openai(value: str) -> bool:
    body = value[3:]
    vendor = re.match(r"(?:proj|svcacct|admin|service|ant-[a-z0-9]+|or-v1|lf)-", body)
    if "T3BlbkFJ" in body:
        return True
    return has_digits_and_letters(body) and (vendor is not None or (body.isalnum() and len(body) >= 32))


# kind, expression, literals in lower case, how to read a match
OWN: list[tuple[str, str, tuple[str, ...], MatchOptions]] = [
    ("JSON Web Token", _ALONE + r"eyJ[\w-]{8,}+={0,2}\.[\w-]{8,}+={0,2}(?:\.[\w.=-]*)?", ("eyJ",), MatchOptions()),
    ("OpenAI Token", _ALONE + r"sk-[\w-]{20,}", ("sk-",), MatchOptions(accept=_is_openai)),
    ("NPM tokens", _START + r"npm_[A-Za-z0-9]{36,}", ("npm_",), MatchOptions()),
    ("NPM tokens", r":_(?:authToken|auth|password)[ \t]{0,3}=[ \t]{0,3}\"?([^\s\"]+)", (":_",), MatchOptions(group=1)),
    ("HuggingFace Token", _START + r"(?:hf_|api_org_)[A-Za-z0-9]{30,}", ("hf_", "api_org_"), MatchOptions()),
    ("Databricks Token", _START + r"(?:dapi|dkea|dose)[0-9a-f]{32}(?:-\d+)?", ("dapi", "dkea", "dose"), MatchOptions()),
    ("GitHub Token", r"github_pat_\w{22,}", ("github_pat_",), MatchOptions()),
    ("Slack Token", r"(?:xapp-\d-|xoxe\.?(?:xox[bp])?-)[\w-]{10,}", ("xapp-", "xoxe"), MatchOptions()),
    (
        "Stripe Access Key",
        _START + r"(?:[rs]k_(?:live|test)|whsec)_\w{16,}",
        ("k_live_", "k_test_", "whsec_"),
        MatchOptions(),
    ),
    (
        "Google API Key",
        _ALONE + r"(?:AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})",
        ("aiza", "ya29.", "gocspx-"),
        MatchOptions(),
    ),
    (
        "Vendor Token",
        _START + r"(?:dckr_pat_[\w-]{20,}|hv[sb]\.[\w-]{24,}|dop_v1_[a-f0-9]{64}|lsv2_(?:pt|sk)_\w{32,}|gsk_\w{40,}"
        r"|r8_\w{37}|xai-\w{60,}|nvapi-[\w-]{40,}|pplx-\w{40,}|glsa_\w{32,}|shpat_[a-f0-9]{32})",
        ("dckr_", "hvs.", "hvb.", "dop_v1", "lsv2_", "gsk_", "r8_", "xai-", "nvapi-", "pplx-", "glsa_", "shpat_"),
        MatchOptions(),
    ),
    (
        "Vendor Token",  # those that Kingfisher knows by a name beside them only
        _START + r"(?:lin_oauth_[0-9a-f]{64}|NR(?:AK|II|IQ|AL|SP|BR|JS|RA)-[0-9A-Za-z]{20,}"
        r"|secret_[0-9A-Za-z]{43}(?!\w)"
        r"|PM(?:AK|AT)-[0-9a-fA-F]{24}-[0-9a-fA-F]{34}|tvly-[\w-]{30,}|sq[pua]_[0-9a-f]{40}|tfp_[\w-]{40,}|fo1_[\w-]{43,})",
        (
            "lin_oauth_",
            "NRAK-",
            "NRII-",
            "NRIQ-",
            "NRAL-",
            "NRSP-",
            "NRBR-",
            "NRJS-",
            "NRRA-",
            "secret_",
            "pmak-",
            "pmat-",
            "tvly-",
            "sqp_",
            "squ_",
            "sqa_",
            "tfp_",
            "fo1_",
        ),
        MatchOptions(accept=has_digits_and_letters),
    ),
    (
        "Azure Client Secret",
        r"(?:(?<![\w~.-])|(?<=\\[nrt]))[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])",
        ("q~",),
        MatchOptions(),
    ),
    (
        "Azure Service Key",
        r"(?<![\w+])(?:[A-Za-z0-9+/]{76}(?:\+ASt|ACDb|AZDO|ACOG)[A-Za-z0-9+/]{4,7}={0,2}"
        r"|[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26})(?![\w+=])",
        ("+ast", "acdb", "azdo", "acog", "azse", "jqqj99"),
        MatchOptions(),
    ),
    (
        "Azure Connection String",
        r"(?i)(?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretValue)[ \t]{0,3}=[ \t]{0,3}([^;\s\"']+)",
        ("accountkey", "sharedaccess", "sharedsecretvalue"),
        MatchOptions(group=1),
    ),
    (
        "Authorization Header",
        r"(?i)authorization\\{0,4}[\"']?[ \t]{0,3}[:=][ \t]{0,3}\\{0,4}[\"']?(?:bearer|basic|digest|token|api-?key|key"
        r"|negotiate|ntlm|sharedkey(?:lite)?|aws4-hmac-sha256)[ \t]{1,3}([^\s\"'\\]+)",
        ("authorization",),
        MatchOptions(group=1),
    ),
    (
        "Authorization Header",
        r"(?i)(?<![a-z])bearer(?:[ \t]{1,3}|%20)([\w.~+/=-]{16,})",
        ("bearer",),
        MatchOptions(group=1, accept=has_digits_and_letters),
    ),
]
