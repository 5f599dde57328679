"""Secrets by name: a parameter, a tag or a key whose name ends in a word such as `password`."""

import re
from functools import lru_cache

from .placeholders import is_placeholder


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


STRONG_WORDS = _set("""
    password passwords passwd passwds pwd passphrase passcode secret secrets apikey apikeys secretkey secretkeys
    clientsecret accesskey accesskeys sharedaccesskey accountkey storagekey subscriptionkey privatekey
    signingkey encryptionkey masterkey authkey servicekey sshkey adminkey functionkey sastoken sasurl
    accesssignature sharedaccesssignature connectionstring connstring connstr connectionstr accesstoken
    authtoken apitoken refreshtoken bearertoken sessiontoken securitytoken secrettoken dbpass databasepass pgpassword
    userpass smtppass mysqlpass pgpass postgrespass redispass ftppass proxypass keypass
    """)
_WEAK_WORDS = _set("token credential credentials authorization")  # inside text the value must look like one
_TRAILING_WORDS = _set("value hash prod dev staging primary secondary plain plaintext b64 base64")
_COUNTING_WORDS = _set("n nb num number count total max min avg per")
_TOKENIZER_WORDS = _set("""
    eos bos pad unk mask sep cls special start begin end stop prefix suffix middle image img audio video vision
    speech text word class separator padding unknown newline next previous first last boi eoi im eot sot eom eod
    tool think thinking value current output input prompt per each lang language
    """)
QUERY_WORDS = _set("sig signature auth pat code key")
_split_words = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+").findall
_is_id = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z|(?:[0-9a-f]{40}|[0-9a-f]{64})\Z|.*[:\s]"
).match
_azure_option = re.compile(r"fs\.azure\.(?:account\.key|sas\.|account\.oauth2\.client\.secret)", re.IGNORECASE).search


@lru_cache(maxsize=16384)
def secret_word(name: str) -> str | None:
    """The word that makes this the name of a secret, or None: `password` for `db_password2`."""
    if _azure_option(name):
        return "accountkey"
    words = _significant_words(name)
    strong = next((joined for size in (1, 2, 3) if (joined := "".join(words[-size:])) in STRONG_WORDS), None)
    return strong or _weak_word(words)


def _significant_words(name: str) -> list[str]:
    """Its last words in lower case without numbers and environments at the end; none for a number of something."""
    words = [word.lower() for word in _split_words(name[-200:])]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _TRAILING_WORDS):
        words.pop()
    return [] if len(words) > 1 and words[-2] in _COUNTING_WORDS else words


def _weak_word(words: list[str]) -> str | None:
    if not words or words[-1] not in _WEAK_WORDS:
        return None
    return None if words[-1] == "token" and len(words) > 1 and words[-2] in _TOKENIZER_WORDS else words[-1]


@lru_cache(maxsize=4096)
def last_word(name: str) -> str:
    """The last word of a name in snake_case, camelCase or with dots, in lower case."""
    words: list[str] = _split_words(name[-200:])
    return words[-1].lower() if words else ""


def is_like_key(value: str) -> bool:
    """Whether a value is as random as a key, and no id or digest."""
    if is_placeholder(value) or _is_id(value):
        return False
    return len(value) >= 20 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def is_working_directory(word: str, value: str) -> bool:
    """Whether `PWD=/home/ada` names a directory rather than a password."""
    return word == "pwd" and value.startswith(("/", "~/")) and re.fullmatch(r"[\w./~ -]*", value) is not None


def kind_by_name(name: str, value: str) -> str | None:
    """The kind of secret that a value is by its name alone, or None."""
    word = secret_word(name)
    return None if word is None or is_placeholder(value) or is_working_directory(word, value) else f"named {word}"
