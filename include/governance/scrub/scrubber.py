"""Secrets stop at the reader: what a source says is scrubbed before it is staged, and what was removed is counted.

Two kinds of rules. By value: the regular expressions of detect-secrets (never its entropy detectors, which take run
ids and digests for secrets) and a table of own ones for what it lacks, or where its own expression leaves part of the
secret behind or needs quadratic time. By name: a parameter, a tag, a JSON key, a `name=value` or a `--name value`
whose name ends in a word such as `password`. Every rule names literals without which it cannot match; they
are looked for first, so that text without a trace of a secret costs a few substring searches.
"""

import importlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import product
from typing import Any, NamedTuple

MARK = "[secret removed]"
_SEPARATOR = "\n\x00\n"  # between the values of one record: no rule but the private key block reads across it
_PASSES = 4

Span = tuple[int, int, str]  # start, end, kind
Finder = Callable[[str], Iterator[Span]]


# Values no rule can hit: words under 20 characters, plain numbers, hex ids, MLflow's `m-` ids.
_plain = re.compile(r"(?:[\w.+-]{0,19}|[-+]?[0-9.]{1,40}(?:e[-+]?\d{1,3})?|(?:m-)?[0-9a-f]{1,128})\Z").match

# What stands where a secret would be: nothing, a number, a flag, a type's name, a placeholder, a reference to a vault.
_harmless_match = re.compile(
    r"""\s*(?:
    | [-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?
    | true|false|yes|no|on|off|none|null|nil|nan|n/?a|undefined|unset|empty|default|auto|env|environment|optional
    | required|hidden|masked|redacted|removed|unknown|anonymous|todo|tbd|managed[_ -]?identity|msi
    | str|string|text|int|integer|long|float|double|number|bool|boolean|object|array|list|dict|binary|bytes|any
    | (?-i:[A-Z][A-Za-z]+Credentials?)
    | (?:sk-)?x{3,} | [*•.\u2026_-]+
    | <[^<>]*> | \[[\w ]*\] | \{[\w ]*\} | \$\{[^{}]*\} | \$\{\{[^{}]*\}\} | \{\{[^{}]*\}\}
    | (?-i:\$[A-Z_][A-Z0-9_]+) | \$\([^()]*\)
    | %\w+% | %\(\w+\)s
    | (?:os\.(?:environ|getenv)|getenv|env|dbutils\.secrets|secrets)[.(\[:]\S*
    | @Microsoft\.KeyVault\([^()]*\) | (?:arn:aws:secretsmanager|vault|keyvault|secretref|secret)://?[^\s?]*
    | (?:~|\.{1,2})?/?[\w.-]+(?:/[\w.-]+)*\.(?:json|ya?ml|pem|crt|p12|pfx)
    | (?:~|\.{1,2})?/[\w.-]+(?:/[\w.-]+)*\.(?:key|txt|env|ini|cfg|toml)
    )\s*\Z""",
    re.VERBOSE | re.IGNORECASE,
).match


def _harmless(value: str) -> bool:
    return len(value) <= 200 and _harmless_match(value) is not None


# ------------------------------------------------------------------------------------------------------- by name


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_STRONG = _set("""
    password passwords passwd passwds pwd passphrase passcode secret secrets apikey apikeys secretkey secretkeys
    clientsecret accesskey accesskeys sharedaccesskey accountkey storagekey subscriptionkey privatekey
    signingkey encryptionkey masterkey authkey servicekey sshkey adminkey functionkey sastoken sasurl
    accesssignature sharedaccesssignature connectionstring connstring connstr connectionstr accesstoken
    authtoken apitoken refreshtoken bearertoken sessiontoken securitytoken secrettoken dbpass databasepass
    userpass smtppass mysqlpass pgpass postgrespass redispass ftppass proxypass keypass
    """)
_WEAK = _set("token credential credentials authorization")  # inside text the value must look like one
_TRAILING = _set("value hash prod dev staging primary secondary plain plaintext b64 base64")
_COUNTED = _set("n nb num number count total max min avg per")
_VOCABULARY = _set("""
    eos bos pad unk mask sep cls special start begin end stop prefix suffix middle image img audio video vision
    speech text word class separator padding unknown newline next previous first last boi eoi im eot sot eom eod
    tool think thinking value current output input prompt per each lang language
    """)
_IN_QUERY = _set("sig signature auth pat code key")
_words = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+").findall
_azure_option = re.compile(r"fs\.azure\.(?:account\.key|sas\.|account\.oauth2\.client\.secret)", re.IGNORECASE).search


@lru_cache(maxsize=16384)
def _name(name: str) -> str | None:
    """The word that makes this the name of a secret, or None."""
    if _azure_option(name):
        return "accountkey"
    words = [word.lower() for word in _words(name[-200:])]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _TRAILING):
        words.pop()
    if not words or (len(words) > 1 and words[-2] in _COUNTED):
        return None
    for size in (1, 2, 3):
        if (joined := "".join(words[-size:])) in _STRONG:
            return joined
    if words[-1] not in _WEAK or (words[-1] == "token" and len(words) > 1 and words[-2] in _VOCABULARY):
        return None
    return words[-1]


@lru_cache(maxsize=4096)
def _last_word(name: str) -> str:
    return (_words(name[-200:]) or [""])[-1].lower()


def _path(word: str, value: str) -> bool:
    return word == "pwd" and value.startswith(("/", "~/")) and re.fullmatch(r"[\w./~ -]*", value) is not None


def _key_kind(key: str, value: str) -> str | None:
    word = _name(key)
    return None if word is None or _harmless(value) or _path(word, value) else f"named {word}"


_NAME_WORDS = ("pass", "pwd", "secret", "token", "key", "cred", "auth", "sig=", "signature", "conn", "code=", "sasurl")
_assigned = re.compile(
    r"""(?:(?<![\w.\\])|(?<=\\[nrt]))(?P<name>[A-Za-z_][\w.\-]{0,120}+)(?P<quote>\\{0,4}["'])?
        [ \t]{0,3}(?P<sign>=>|:=|==?|:(?!//))[ \t]{0,3}
    | (?<=--)(?P<option>[A-Za-z][\w\-]{0,80}+)(?:["'],[ \t]{0,3}["']|[ \t]{1,3})(?=[^\s\-"'])""",
    re.VERBOSE,
)
_env_entry = re.compile(  # {"name": "DB_PASSWORD", "value": "..."}, the form of environment lists and of REST bodies
    r"""["'](?:name|key)\\{0,4}["']\s{0,9}:\s{0,9}\\{0,4}["'](?P<name>[\w.\-]{1,80}+)\\{0,4}["']\s{0,9},\s{0,40}
    \\{0,4}["']value\\{0,4}["']\s{0,9}:\s{0,9}(?=\\{0,4}["'])""",
    re.VERBOSE,
)
_quoted = re.compile(r"""(\\{1,4}["'])((?:[^"'\\\n]++|\\(?!\\*["']))*+)|(["'])((?:(?!\3)[^\\\n]|\\.)*+)""")
_bare = re.compile(
    r"""\{[^{}\n]{1,200}\}|(?:[^\s"'`;&,\\]|\\(?![nrt](?:[\w.-]{1,60}+[=:]|["'\\\s#-]|\Z))|[&,](?!\s|amp;|[\w.-]{1,60}+=|\Z))++"""
)
_code = re.compile(r"(?:self|args|cfg|config|settings)\.[\w.]+\Z|[A-Z]+(?:_[A-Z]+)+\Z").match  # api_key=OPENAI_API_KEY
_rest_of_line = re.compile(r"[ \t]*+[,}]?[ \t\r]*+(?:\n|\Z)")


def _value_span(text: str, at: int) -> tuple[int, int, bool] | None:
    if found := _quoted.match(text, at):
        start, end = found.span(2 if found[1] else 4)
        return start, end, True
    return (*found.span(), False) if (found := _bare.match(text, at)) else None


def _yaml_line(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 40) : start]
    first = not before.rpartition("\n")[2].strip(" \t-") and ("\n" in before or start <= 40)
    return first and _rest_of_line.match(text, end) is not None


def _credential_like(value: str) -> bool:
    return len(value) >= 8 and any(map(str.isdigit, value)) and not any(map(str.isspace, value))


def _assignments(text: str) -> Iterator[Span]:
    done = 0
    for found in _assigned.finditer(text):
        start = found.start()
        if start < done:
            continue
        name, sign = found["name"] or found["option"], found["sign"]
        word = _name(name)
        query = sign == "=" and (text[start - 1 : start] in ("?", "&") or text[start - 5 : start] == "&amp;")
        if word is None and (last := _last_word(name)) in _IN_QUERY and (query or name == "sig"):
            word = last
        if word is None or sign == "==":
            continue
        if (span := _value_span(text, found.end())) is None:
            continue
        begin, end, quoted = span
        value = text[begin:end]
        if not value or text.startswith(MARK, begin):
            continue
        if not quoted and sign in (":", ":=") and (found["quote"] or not _yaml_line(text, start, end)):
            continue  # a number in JSON, or prose: "password: at least 8 letters"
        bare = value if quoted else value.rstrip(")]},.") or value
        digits = bare.isdigit() and len(bare) > 3 and sign == "=" and word.startswith(("passw", "pwd"))
        if (_harmless(bare) and not digits) or _path(word, bare):
            continue
        if not quoted and (bare == name or _code(bare)):
            continue
        if word not in _STRONG and not _credential_like(bare) and (not query or word in ("code", "key", "auth")):
            continue
        if word in ("code", "key", "sig") and not (query and word == "sig") and len(bare) < 20:
            continue
        done = end
        yield begin, end, f"named {word}"


def _env_entries(text: str) -> Iterator[Span]:
    for found in _env_entry.finditer(text):
        if span := _value_span(text, found.end()):
            kind = _key_kind(found["name"], text[span[0] : span[1]])
            if kind and not text.startswith(MARK, span[0]):
                yield span[0], span[1], kind


# ------------------------------------------------------------------------------------------------------ by value

_ESCAPED = ("\\n", "\\r", "\\t")  # a line break inside JSON: the letter is no part of the word
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
_ALONE = r"(?:(?<![\w-])|(?<=\\[nrt]))"
_tail = re.compile(r"[A-Za-z0-9_-]*").match
_no_long_blanks = re.compile(r"(?:[^ ]++| {1,7}(?! ))++")


def _mixed(value: str) -> bool:
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _both_cases(value: str) -> bool:
    return _mixed(value) and value.lower() != value != value.upper()


def _artifactory(value: str) -> bool:
    return len(value) >= 20 and _both_cases(value)


def _openai(value: str) -> bool:
    body = value[3:]
    vendor = re.match(r"(?:proj|svcacct|admin|service|ant-[a-z0-9]+|or-v1|lf)-", body)
    return "T3BlbkFJ" in body or (_mixed(body) and (vendor is not None or (body.isalnum() and len(body) >= 32)))


def _regex(
    regexes: Sequence[re.Pattern[str]],
    kind: str,
    text: str,
    *,
    group: int = 0,
    whole: bool = False,
    tail: bool = False,
    check: Callable[[str], bool] | None = None,
) -> Iterator[Span]:
    """One kind's matches: `whole` words only, or with the `tail` of a word that the expression cuts off."""
    areas = [(0, len(text))]
    if " " * 8 in text:  # three adjacent ` *` in detect-secrets' assignments: cubic in a long run of blanks
        areas = [area.span() for area in _no_long_blanks.finditer(text)]
    for regex, area in product(regexes, areas):
        done = 0
        for found in regex.finditer(text, *area):
            start, end = found.span(min(group, regex.groups))
            if start < done:  # within the tail of the one before
                continue
            if not group:  # Artifactory's expressions take a delimiter along on either side
                start += len(found[0]) - len(found[0].lstrip(' \t\r\n=:"'))
                end -= len(found[0]) - len(found[0].rstrip(' \t\r\n"'))
            if whole and (
                (text[start - 1 : start].isalnum() and text[start - 2 : start] not in _ESCAPED)
                or text[end : end + 1].isalnum()
            ):
                continue
            value = text[start:end]
            if text.startswith(MARK, start) or (check is not None and not check(value)) or _harmless(value):
                continue
            if tail and (rest := _tail(text, end)):
                done = end = rest.end()
            yield start, end, kind


_begin_key = re.compile(r"(?:-{2,5} ?)?BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY|PuTTY-User-Key-File-\d")
_end_key = re.compile(r"END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?(?: ?-{2,5})?|Private-MAC: ?[0-9a-f]*")


def _private_keys(text: str) -> Iterator[Span]:
    """The block as a whole; without an end (a value that its source cut) up to the next quote, or all that follows."""
    done, open_end = 0, False
    for begin in _begin_key.finditer(text):
        if begin.start() < done:
            continue
        end = None if open_end else _end_key.search(text, begin.end())
        open_end = end is None
        quote = text.find('"', begin.end()) if open_end else -1
        done = end.end() if end else quote if quote >= 0 else len(text)
        yield begin.start(), done, "Private Key"


_userinfo = re.compile(r"""://(?:([^\s/?#"'<>@:]*:([^\s/?"'<>]*))|([A-Za-z0-9_]{20,}))@(?!sha256:)""")
_STORES = ("abfs", "abfss", "wasb", "wasbs", "adl", "az", "s3", "s3a", "gs")  # there `x@` is a container or a bucket
_REGISTRIES = ("models", "runs", "dbfs", "databricks", "mlflow-artifacts")
_not_scheme = re.compile(r"[^a-z0-9-]")


def _userinfos(text: str) -> Iterator[Span]:
    for found in _userinfo.finditer(text):
        start, end = found.span(1 if found[1] else 3)
        scheme = _not_scheme.split(text[max(0, found.start() - 20) : found.start()].lower())[-1]
        if scheme in _REGISTRIES and text.startswith("databricks", found.end()):
            continue  # MLflow names a registry by a secret scope and a prefix before `@databricks`
        if found[1]:
            if not found[2] and len(found[1]) < 20:
                continue
            if found[2] and _harmless(found[2]) and not found[2].isdigit():
                continue
        elif not _mixed(found[3]) or scheme in _STORES:
            continue
        yield start, end, "Basic Auth Credentials"


_GITLAB = (
    "GR1348941",
    "glpat-",
    "gldt-",
    "glft-",
    "glsoat-",
    "glrt-",
    "glcbt-",
    "glimt-",
    "glptt-",
    "glagent-",
    "gloas-",
)

# detect-secrets: module, class, literals, how to read a match. Not taken: high entropy, keyword, public addresses;
# its JWT (leaves the signature), npm and OpenAI (quadratic), basic auth (stops at signs), private key (the first line
# only) and Azure storage key (one length only) have an own rule.
_PLUGINS: list[tuple[str, str, tuple[str, ...], dict[str, Any]]] = [
    ("artifactory", "ArtifactoryDetector", ("AKC", "AP"), {"check": _artifactory}),
    ("aws", "AWSKeyDetector", ("A3T", "ABIA", "ACCA", "AKIA", "ASIA", "aws"), {"group": 1, "whole": True}),
    ("cloudant", "CloudantDetector", ("clou",), {"group": 1}),
    ("discord", "DiscordBotTokenDetector", (".",), {"tail": True, "check": _both_cases}),
    ("github_token", "GitHubTokenDetector", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), {"tail": True}),
    ("gitlab_token", "GitLabTokenDetector", _GITLAB, {"tail": True}),
    ("ibm_cloud_iam", "IbmCloudIamDetector", ("ibm", "iam", "cloud"), {"group": 1, "check": _both_cases}),
    ("ibm_cos_hmac", "IbmCosHmacDetector", ("secret",), {"group": 1}),
    ("mailchimp", "MailchimpDetector", ("-us",), {"whole": True}),
    ("pypi_token", "PypiTokenDetector", ("pypi-",), {"tail": True}),
    ("sendgrid", "SendGridDetector", ("sg.",), {"tail": True}),
    ("slack", "SlackDetector", ("xox", "hooks.slack.com"), {"tail": True}),
    ("softlayer", "SoftlayerDetector", ("softlayer", "sl_", "sl-"), {"group": 1}),
    ("square_oauth", "SquareOAuthDetector", ("sq0csp-",), {"tail": True}),
    ("stripe", "StripeDetector", ("k_live_",), {"tail": True}),
    ("telegram_token", "TelegramBotTokenDetector", (":",), {"whole": True, "check": _both_cases}),
    ("twilio", "TwilioKeyDetector", ("AC", "SK"), {"whole": True, "check": _mixed}),
]
_OWN: list[tuple[str, str, tuple[str, ...], dict[str, Any]]] = [
    ("JSON Web Token", _ALONE + r"eyJ[\w-]{8,}+={0,2}\.[\w-]{8,}+={0,2}(?:\.[\w.=-]*)?", ("eyJ",), {}),
    ("OpenAI Token", _ALONE + r"sk-[\w-]{20,}", ("sk-",), {"check": _openai}),
    ("NPM tokens", _START + r"npm_[A-Za-z0-9]{36,}", ("npm_",), {}),
    ("NPM tokens", r":_(?:authToken|auth|password)[ \t]{0,3}=[ \t]{0,3}\"?([^\s\"]+)", (":_",), {"group": 1}),
    ("HuggingFace Token", _START + r"(?:hf_|api_org_)[A-Za-z0-9]{30,}", ("hf_", "api_org_"), {}),
    ("Databricks Token", _START + r"(?:dapi|dkea|dose)[0-9a-f]{32}(?:-\d+)?", ("dapi", "dkea", "dose"), {}),
    ("GitHub Token", r"github_pat_\w{22,}", ("github_pat_",), {}),
    ("Slack Token", r"(?:xapp-\d-|xoxe\.?(?:xox[bp])?-)[\w-]{10,}", ("xapp-", "xoxe"), {}),
    (
        "Stripe Access Key",
        _START + r"(?:[rs]k_(?:live|test)|whsec)_\w{16,}",
        ("k_live_", "k_test_", "whsec_"),
        {},
    ),
    (
        "Google API Key",
        _ALONE + r"(?:AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})",
        ("aiza", "ya29.", "gocspx-"),
        {},
    ),
    (
        "Vendor Token",
        _START + r"(?:dckr_pat_[\w-]{20,}|hv[sb]\.[\w-]{24,}|dop_v1_[a-f0-9]{64}|lsv2_(?:pt|sk)_\w{32,}|gsk_\w{40,}"
        r"|r8_\w{37}|xai-\w{60,}|nvapi-[\w-]{40,}|pplx-\w{40,}|glsa_\w{32,}|shpat_[a-f0-9]{32})",
        ("dckr_", "hvs.", "hvb.", "dop_v1", "lsv2_", "gsk_", "r8_", "xai-", "nvapi-", "pplx-", "glsa_", "shpat_"),
        {},
    ),
    ("Azure Client Secret", r"(?:(?<![\w~.-])|(?<=\\[nrt]))[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])", ("q~",), {}),
    (
        "Azure Service Key",
        r"(?<![\w+/])(?:[A-Za-z0-9+/]{76}(?:\+ASt|ACDb|AZDO|ACOG)[A-Za-z0-9+/]{4,7}={0,2}"
        r"|[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26})(?![\w+/=])",
        ("+ast", "acdb", "azdo", "acog", "azse", "jqqj99"),
        {},
    ),
    (
        "Azure Connection String",
        r"(?i)(?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretValue)[ \t]{0,3}=[ \t]{0,3}([^;\s\"']+)",
        ("accountkey", "sharedaccess", "sharedsecretvalue"),
        {"group": 1},
    ),
    (
        "Authorization Header",
        r"(?i)authorization\\{0,4}[\"']?[ \t]{0,3}[:=][ \t]{0,3}\\{0,4}[\"']?(?:bearer|basic|digest|token|api-?key|key"
        r"|negotiate|ntlm|sharedkey(?:lite)?|aws4-hmac-sha256)[ \t]{1,3}([^\s\"'\\]+)",
        ("authorization",),
        {"group": 1},
    ),
    (
        "Authorization Header",
        r"(?i)(?<![a-z])bearer(?:[ \t]{1,3}|%20)([\w.~+/=-]{16,})",
        ("bearer",),
        {"group": 1, "check": _mixed},
    ),
]


class _Rules(NamedTuple):
    find: list[Finder]
    exact: list[tuple[str, int]]  # a literal, and the rule that cannot match without it
    lower: list[tuple[str, int]]  # the same, looked for in the lower-case text


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    """Made at first use: detect-secrets imports slowly."""
    table: list[tuple[Finder, tuple[str, ...]]] = []
    for module, name, literals, options in _PLUGINS:
        plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)
        table.append((partial(_regex, list(plugin.denylist), plugin.secret_type, **options), literals))
    for kind, pattern, literals, options in _OWN:
        table.append((partial(_regex, [re.compile(pattern, re.ASCII)], kind, **options), literals))
    table += [
        (_private_keys, ("private key", "putty-user-key")),
        (_userinfos, ("://",)),
        (_env_entries, ("value",)),
        (_assignments, _NAME_WORDS),
    ]
    flat = [(literal, at) for at, (_, literals) in enumerate(table) for literal in literals]
    return _Rules(
        [find for find, _ in table],
        [(literal, at) for literal, at in flat if not literal.islower()],
        [(literal, at) for literal, at in flat if literal.islower()],
    )


class Scrubber:
    """Replaces secrets by `[secret removed]`, and counts them by kind; neither ever holds the secret itself."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._taken = 0
        self._rules = _rules()

    def text(self, value: str) -> str:
        """Free text, a URI, a JSON document: without the secrets inside."""
        if _plain(value):
            return value
        for _ in range(_PASSES):  # what is left may, without its neighbour, show another secret
            if not (spans := self._spans(value)):
                return value
            value = self._replaced(value, spans)
        if self._spans(value):
            self.counts["other"] += 1
            return MARK
        return value

    def pair(self, key: str, value: str) -> str:
        """A parameter or a tag: removed as a whole if its name says that it is a secret, else read as text."""
        kind = _key_kind(key, value)
        if kind is None:
            clean = self.text(value)
            return MARK if clean != value and _key_kind(key, clean) else clean
        self.counts[kind] += 1
        return MARK

    def mapping(self, values: Mapping[str, str]) -> dict[str, str]:
        """`pair` for each of a record's values, at the price of one reading for all of them."""
        clean = dict(values)
        rest = []
        for key, value in values.items():
            if _name(key) is not None and (kind := _key_kind(key, value)) is not None:
                self.counts[kind] += 1
                clean[key] = MARK
            elif not _plain(value):
                rest.append(key)
        if rest and self._spans(_SEPARATOR.join([clean[key] for key in rest])):
            for key in rest:
                clean[key] = self.pair(key, clean[key])
        return clean

    def take(self) -> int:
        """How many secrets were removed since the last call."""
        total = self.counts.total()
        new, self._taken = total - self._taken, total
        return new

    def _spans(self, text: str) -> list[Span]:
        lower = text.lower()
        rules = {at for literal, at in self._rules.exact if literal in text}
        rules.update([at for literal, at in self._rules.lower if literal in lower])
        return [span for at in sorted(rules) for span in self._rules.find[at](text)]

    def _replaced(self, text: str, spans: list[Span]) -> str:
        spans.sort(key=lambda span: (span[0], -span[1]))
        parts: list[str] = []
        done = 0
        for start, end, kind in spans:
            if not parts or start > done:
                parts += (text[done:start], MARK)
                self.counts[kind] += 1
            done = max(done, end)
        return "".join([*parts, text[done:]])
