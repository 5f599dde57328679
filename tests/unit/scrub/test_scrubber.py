"""The fake secrets are put together at run time: no scanner of the repository should find one here."""

import hashlib
import importlib
import json
import subprocess
import sys
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.governance.scrub import MARK, Scrubber
from include.governance.scrub.rules import DETECT_SECRETS

HEX = hashlib.sha256(b"x").hexdigest()
UP = "Q7ZK2MNB4XWV9TRD"  # 16 upper-case letters and digits
MIX = "".join(a + str(at % 10) + b for at, (a, b) in enumerate(zip("abcdefgh" * 4, "BDFHJLNPR" * 4, strict=False)))


def _jwt() -> str:
    return ".".join(["ey" + "JhbGciOiJIUzI1NiJ9", "ey" + "JzdWIiOiJhZGEifQ", "s" + MIX[:42]])


def _pem(kind: str = "RSA ") -> str:
    rows = "\n".join(MIX[at : at + 40] for at in (0, 20, 40))
    return f"-----BEGIN {kind}PRIV" + f"ATE KEY-----\n{rows}\n-----END {kind}PRIV" + "ATE KEY-----"


# A kind, and tokens of it that are secret wherever they stand.
TOKENS: list[tuple[str, str]] = [
    ("Artifactory Credentials", "AK" + "C" + MIX[:40]),
    ("Artifactory Credentials", "AP" + "6" + MIX[:40]),
    ("AWS Access Key", "AK" + "IA" + UP),
    ("AWS Access Key", "AS" + "IA" + UP),
    ("Discord Bot Token", "M" + MIX[:23] + "." + MIX[3:9] + "." + MIX[:38]),
    ("GitHub Token", "gh" + "p_" + MIX[:36]),
    ("GitHub Token", "gh" + "s_" + MIX[:60]),
    ("GitHub Token", "github" + "_pat_" + MIX[:22] + "_" + MIX[:59]),
    ("GitLab Token", "gl" + "pat-" + MIX[:20]),
    ("GitLab Token", "GR" + "1348941" + MIX[:20]),
    ("GitLab Token", "gl" + "cbt-" + MIX[:24]),
    ("GitLab Token", "gl" + "imt-" + MIX[:25]),
    ("GitLab Token", "gl" + "ptt-" + MIX[:40]),
    ("GitLab Token", "gl" + "agent-" + MIX[:50]),
    ("GitLab Token", "gl" + "oas-" + MIX[:64]),
    ("Mailchimp Access Key", HEX[:32] + "-us" + "12"),
    ("NPM tokens", "np" + "m_" + MIX[:36]),
    ("OpenAI Token", "sk" + "-" + MIX[:20] + "T3Blb" + "kFJ" + MIX[:20]),
    ("OpenAI Token", "sk" + "-proj-" + MIX[:48]),
    ("OpenAI Token", "sk" + "-ant-api03-" + MIX[:60]),
    ("PyPI Token", "py" + "pi-AgEIcHlwaS5vcmc" + MIX[:80]),
    ("PyPI Token", "py" + "pi-AgENdGVzdC5weXBpLm9yZw" + MIX[:80]),
    ("SendGrid API Key", "S" + "G." + MIX[:22] + "." + MIX[:43]),
    ("Slack Token", "xo" + "xb-1234567890-1234567890-" + MIX[:24]),
    ("Slack Token", "xa" + "pp-1-A1B2C3-" + MIX[:40]),
    ("Slack Token", "https://hooks.slack" + ".com/services/T0A1B2/B0A1B2/" + MIX[:24]),
    ("SoftLayer Credentials", "softlayer" + "_api_key=" + HEX),
    ("Cloudant Credentials", "cloudant" + "_password=" + HEX),
    ("IBM Cloud IAM Key", "ibm" + "_cloud_api_key " + MIX[:44]),
    ("IBM COS HMAC Credentials", "cos_hmac" + "_secret_access_key " + HEX[:48]),
    ("Square OAuth Secret", "sq0" + "csp-" + MIX[:43]),
    ("Stripe Access Key", "sk" + "_live_" + MIX[:24]),
    ("Stripe Access Key", "rk" + "_test_" + MIX[:60]),
    ("Telegram Bot Token", "123456" + "7890:" + MIX[:35]),
    ("Twilio API Key", "S" + "K" + HEX[:32]),
    ("Twilio API Key", "A" + "C" + HEX[:32]),
    ("JSON Web Token", _jwt()),
    ("HuggingFace Token", "h" + "f_" + MIX[:34]),
    ("Databricks Token", "da" + "pi" + HEX[:32]),
    ("Databricks Token", "da" + "pi" + HEX[:32] + "-2"),
    ("Google API Key", "AI" + "za" + MIX[:35]),
    ("Vendor Token", "gs" + "k_" + MIX[:52]),
    ("Vendor Token", "hv" + "s." + MIX[:60]),
    ("Azure Client Secret", "aB3" + "8" + "Q~" + MIX[:34]),
    ("Azure Service Key", MIX[:76] + "+A" + "St" + MIX[:6] + "=="),
    ("Azure Service Key", MIX[:76] + "AC" + "Db" + MIX[:6] + "=="),
    ("Azure Service Key", MIX[:42] + "Az" + "SeA" + MIX[:5]),
    ("Private Key", _pem()),
    ("Private Key", _pem("")),
    ("Private Key", _pem("ENCRYPTED ")),
]
# Text, and the part of it that must go; all the rest must stay.
PW = "hunt" + "er2!"
PARTS: list[tuple[str, str]] = [
    (f"postgresql://{'mlflow:' + PW}@db.example.org:5432/mlflow", "mlflow:" + PW),
    (f"jdbc:sqlserver://h:1433;user=sa;password={PW};encrypt=true", PW),
    (f"Driver={{ODBC}};Server=tcp:h,1433;Uid=sa;Pwd={PW};", PW),
    ("Server=h;Password=123456;", "123456"),
    (f"mysql://h/db?user=a&password={PW}&ssl=true", PW),
    (f"https://{MIX[:30]}@dev.example.org/repo.git", MIX[:30]),
    (f"https://{HEX[:32]}@o1.ingest.example.org/7", HEX[:32]),
    (f"https://{MIX[:30]}:x-oauth-basic@git.example.org/a", MIX[:30] + ":x-oauth-basic"),
    ("s3a://" + "me:" + MIX[:40] + "@bucket/path", "me:" + MIX[:40]),
    ("https://a.blob.core.windows.net/c/b?sv=2022-11-02&sr=b&sig=" + MIX[:40] + "%3D&se=2030-01-01", MIX[:40] + "%3D"),
    ("sv=2022-11-02&ss=b&sig=" + MIX[:40] + "%3D", MIX[:40] + "%3D"),
    ("https://h/x?token=ab" + "c&y=1", "abc"),
    ("https://h/x?a=1&access_token=ab" + "c", "abc"),
    ("https://h/x?X-Amz-Date=1&X-Amz-Signature=" + HEX + "&z=1", HEX),
    ("https://f.azurewebsites.net/api/x?code=" + MIX[:52], MIX[:52]),
    ("AccountName=a;AccountKey=" + MIX[:86] + "==;EndpointSuffix=core.windows.net", MIX[:86] + "=="),
    ("Endpoint=sb://h/;SharedAccessKeyName=k;SharedAccessKey=" + MIX[:43] + "=;EntityPath=e", MIX[:43] + "="),
    ("BlobEndpoint=https://h/;SharedAccessSignature=sv=2&sig=" + MIX[:20] + "; x", "sv=2&sig=" + MIX[:20]),
    ("Authorization: Bearer x" + "1", "x1"),
    ("curl -H 'Authorization: Basic " + MIX[:20] + "=' u", MIX[:20] + "="),
    ('{"Authorization": "Bearer ' + MIX[:20] + '"}', MIX[:20]),
    ("use bearer " + MIX[:30] + " here", MIX[:30]),
    (json.dumps({"api" + "_key": "n0t" + "-so", "model": "gpt"}), "n0t-so"),
    (json.dumps({"a": json.dumps({"clientSecret": "ab" + "cd", "b": 1})}), "abcd"),
    (json.dumps([{"name": "DB_PASSWORD", "value": "ab" + "cd"}, {"name": "X", "value": "y"}]), "abcd"),
    (json.dumps({"args": ["--token", "ab" + "cd1234", "--lr", "1"]}), "abcd1234"),
    (json.dumps({"env": f"A=1\nOPENAI_API_KEY={'q' + PW}\nB=2"}), "q" + PW),
    (json.dumps({"env": "a\nh" + "f_" + MIX[:34] + "\nb"}), "h" + "f_" + MIX[:34]),
    (json.dumps({"key": _pem(), "b": 1}), json.dumps(_pem())[1:-1]),
    ("python train.py --api-key " + PW + " --epochs 3", PW),
    ("python train.py --password=" + PW + " --epochs 3", PW),
    ("epochs: 3\npassword: " + PW + "\nlr: 1", PW),
    ("{'db_password': '" + PW + "', 'x': 1}", PW),
    ("spark.hadoop.fs.azure.account.key.acct.dfs.core.windows.net=" + MIX[:30], MIX[:30]),
    ("//registry.example.org/:_authToken=" + MIX[:30], MIX[:30]),
    ("before\n" + _pem("EC ") + "\nafter", _pem("EC ")),
    ("before\n" + _pem()[:90], _pem()[:90]),
]


def _words(text: str) -> list[str]:
    return text.split()


SECRET_KEYS = _words("""
password db_password DB.Password passwd secret client_secret clientSecret AZURE_CLIENT_SECRET api_key
apiKey api-key apikey OPENAI_API_KEY openai/api_key access_key aws_secret_access_key auth_token access_token accessToken
token hub_token HF_TOKEN github.token slack-bot-token credential credentials google_credentials connection_string
AZURE_STORAGE_CONNECTION_STRING connectionString private_key privateKey sas_token SAS_TOKEN password2 api_key_1
storage_account_key fs.azure.account.key.acct.dfs.core.windows.net fs.azure.sas.c.acct.blob.core.windows.net
use_auth_token smtp_pass APIKey passwords""")
PLAIN_KEYS = _words("""
num_memory_tokens max_tokens token_budget use_cls_token tokenizer tokenizer_name eos_token pad_token
bos_token unk_token mask_token sep_token cls_token special_tokens additional_special_tokens secret_santa_dataset key
primary_key keyboard monkey author password_policy n_secrets num_credentials token_count cost_per_token image_token
secret_name api_key_id password_file token_type public_key authors max_token pass forward_pass signature config code
decoder_start_token access_key_id key_value_heads credential_type monkey_patch""")
HARMLESS = ["", " ", "5", "-1.5e3", "true", "False", "None", "null", "${X}", "$MY_VAR", "***", "<redacted>", "{{ x }}"]
HARMLESS += ["[REDACTED]", "xxxx", "{{secrets/a/b}}", "os.environ['X']", "/run/secrets/key.json", "string", MARK, "..."]
NEGATIVES = [
    HEX[:40], HEX[:32], HEX, HEX[:8], "m-" + HEX[:32], "models:/m-" + HEX[:32], "models:/risk@champion",
    str(uuid.UUID(int=7)),
    "models://scope:pre" + "fix@databricks/risk/1", f"runs:/{HEX[:32]}/model", "s3://bucket/path", "gs://bucket/a/b",
    "abfss://container@account.dfs.core.windows.net/path", "wasbs://c1@a1.blob.core.windows.net/x",
    "abfss://averylongcontainername2024@account.dfs.core.windows.net/path", "https://org@dev.azure.com/org/p/_git/r",
    "docker://image:" + "tag@sha256:" + HEX, "registry.example.org/a@sha256:" + HEX, "ada@example.org",
    "mailto:ada@example.org",
    "http://localhost:5000/#/experiments/1", "postgresql://user:${PASSWORD}@host/db", "postgresql://user:***@host/db",
    json.dumps({"type": "object", "properties": {"password": {"type": "string"}, "token": {"type": "string"}}}),
    json.dumps([{"name": "password", "type": "string"}, {"name": "token", "type": "string"}]),
    json.dumps({"api" + "_key": "string", "max_tokens": 5, "token": 7, "eos_token": "</s>", "tokenizer": "bert"}),
    json.dumps([{"token": "hello", "score": 0.5}]), json.dumps({"profile": MIX * 20 + "=="}), "base64 " + MIX,
    "The password: at least 8 letters. The token is special. A secret of good baking; basic authorization.",
    "authorization: the user must log in first, bearer authentication everywhere",
    "client = Client(api_key=OPENAI_API_KEY, token=self.token, password=None)", "if token == 'abc12345678': pass",
    "alpha sig=0.05 key=value", "https://h/x?page=2&key=name", "sk-learn-random-forest-classifier-v2",
    "🤗 ünï \u202e", "TASK" + HEX[:32],
    "APACHE" + "2LICENSE APEX" + "LEGENDS2024", "2024-05-01T10:00:00Z", "\x00\ud800", "1700000000000",
    "transformers.models.bert.modeling_bert.BertForSequenceClassification", "[PAD] [CLS] <|endoftext|>",
    HEX + "-us-east-1",
    "--tokenizer bert-base --max-tokens 5 --token-budget 100", "PWD=/home/ada/work",
    "OAuth tokens, API keys and secrets.",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "token"), TOKENS)
@pytest.mark.parametrize("frame", ["{}", "see {} there", '{{"a": "{}"}}', "x={}", "a\n{}\nb"])
def test_token(kind: str, token: str, frame: str) -> None:
    scrubber = Scrubber()
    clean = scrubber.text(frame.format(token))
    secret = token.rpartition("=")[2] if "_key=" in token or "_password=" in token else token.split(" ")[-1]
    assert secret not in clean and secret[-12:] not in clean
    assert clean.count(MARK) == 1 and scrubber.take() == 1
    if "=" not in frame and "=" not in token.rstrip("="):
        assert scrubber.counts == {kind: 1}
    assert scrubber.text(clean) == clean and scrubber.take() == 0


@pytest.mark.parametrize(("text", "part"), PARTS)
def test_only_the_secret_goes(text: str, part: str) -> None:
    scrubber = Scrubber()
    assert scrubber.text(text) == text.replace(part, MARK)
    assert scrubber.take() == 1
    assert scrubber.text(text.replace(part, MARK)) == text.replace(part, MARK) and scrubber.take() == 0
    assert part not in repr(scrubber.counts)


@pytest.mark.parametrize("text", NEGATIVES)
def test_untouched(text: str) -> None:
    scrubber = Scrubber()
    assert scrubber.text(text) == text and scrubber.mapping({"a": text, "b": "x"}) == {"a": text, "b": "x"}
    assert not scrubber.counts


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_key_names_a_secret(key: str) -> None:
    scrubber = Scrubber()
    for value in ("plain", PW, "two words", _pem(), HEX[:32]):
        assert scrubber.pair(key, value) == MARK
        assert scrubber.mapping({"a": "1", key: value}) == {"a": "1", key: MARK}
        assert scrubber.take() == 2 and scrubber.pair(key, MARK) == MARK and scrubber.take() == 0
    for value in HARMLESS:
        assert scrubber.pair(key, value) == value
    assert all(kind.startswith("named ") and PW not in kind for kind in scrubber.counts)


@pytest.mark.parametrize("key", PLAIN_KEYS)
def test_key_names_none(key: str) -> None:
    scrubber = Scrubber()
    for value in ("plain", "two words", "</s>", HEX[:32], "512", "bert-base-uncased"):
        assert scrubber.pair(key, value) == value
        assert scrubber.mapping({key: value}) == {key: value}
    assert not scrubber.counts
    assert scrubber.pair(key, "gh" + "p_" + MIX[:36]) == MARK


def test_mapping_and_take() -> None:
    scrubber = Scrubber()
    values = {"lr": "0.1", "uri": f"redis://{'u:' + PW}@h/0", "token": "abc", "note": "h" + "f_" + MIX[:34], "x": "ok"}
    assert scrubber.mapping(values) == {
        "lr": "0.1",
        "uri": f"redis://{MARK}@h/0",
        "token": MARK,
        "note": MARK,
        "x": "ok",
    }
    assert scrubber.counts == {"Basic Auth Credentials": 1, "named token": 1, "HuggingFace Token": 1}
    assert (scrubber.take(), scrubber.take()) == (3, 0)
    assert values["token"] == "abc" and list(scrubber.mapping(values)) == list(values)


def test_where_it_stood_is_told_without_the_value() -> None:
    scrubber = Scrubber()
    scrubber.mapping({"note": f"see {TOKENS[5][1]} and {TOKENS[5][1]}", "db_password": PW, "lr": "1"}, "tag")
    scrubber.text("ab " + TOKENS[5][1], "description")
    scrubber.pair("a; b\n: c", TOKENS[5][1], "parameter")
    where = "tag db_password: named password; tag note: GitHub Token; description: GitHub Token"
    assert scrubber.take_columns() == {
        "secrets_removed": 5,
        "secrets_where": f"{where}; parameter a, b : c: GitHub Token",
    }
    assert scrubber.take_columns() == {"secrets_removed": 0, "secrets_where": None}


@pytest.mark.parametrize(("values", "count"), [
    ({"AZURE_KEY": HEX[:32]}, 1), ({"CACHE_KEY": HEX}, 0), ({"SORT_KEY": "customer_id"}, 0), ({"A": HEX[:32]}, 0),
    ({"AZURE_KEY": "${KEY}"}, 0), ({"KEY": str(uuid.UUID(int=2**127))}, 0), ({"API_KEY": PW}, 1),
])  # fmt: skip
def test_a_look_counts_what_only_the_word_key_tells(values: dict[str, str], count: int) -> None:
    scrubber = Scrubber()
    scrubber.look(values, "environment variable")
    assert scrubber.take() == count


def test_two_of_a_kind_and_neighbours() -> None:
    scrubber = Scrubber()
    token = "gh" + "p_" + MIX[:36]
    assert scrubber.text(f"{token} {token};password={token}") == f"{MARK} {MARK};password={MARK}"
    assert scrubber.take() == 3


def test_every_rule_of_detect_secrets_is_known() -> None:
    """A new version with a new plugin or expression must be looked at: the literals would keep it from running."""
    plugins = importlib.import_module("detect_secrets.core.plugins.util").get_mapping_from_secret_type_to_class()
    used = {name for _, name, _, _ in DETECT_SECRETS}
    own = {"BasicAuthDetector", "JwtTokenDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector"}
    own |= {"AzureStorageKeyDetector"}
    left_out = {"Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "IPPublicDetector"}
    assert used | own | left_out == {plugin.__name__ for plugin in plugins.values()}
    assert sum(len(plugin.denylist) for plugin in plugins.values() if plugin.__name__ in used) == 32
    for regex in next(p for p in plugins.values() if p.__name__ == "PrivateKeyDetector").denylist:
        assert Scrubber().text(regex.pattern + "\n" + MIX) == MARK


FRAGMENTS = st.sampled_from(
    [part for _, part in TOKENS] + [text for text, _ in PARTS] + NEGATIVES + HARMLESS
    + ["password", "=", ": ", '"', "'", "\\", " ", "\n", "&", "token", "--api-key ", "://", ":", "@", "sig=",
       MARK, "[", ","]
)  # fmt: skip
MESS = st.lists(FRAGMENTS | st.text(max_size=8), max_size=6).map("".join)
ANY = st.text(st.characters(codec=None), max_size=60)
KEYS = st.sampled_from(SECRET_KEYS + PLAIN_KEYS) | ANY


@settings(max_examples=400)
@given(MESS | ANY, KEYS)
def test_idempotent_and_never_raises(value: str, key: str) -> None:
    scrubber = Scrubber()
    text, pair = scrubber.text(value), scrubber.pair(key, value)
    assert (scrubber.take() > 0) == (text != value or pair != value)
    assert scrubber.text(text) == text and scrubber.pair(key, pair) == pair and scrubber.take() == 0


@settings(max_examples=300)
@given(st.dictionaries(KEYS, MESS | ANY, max_size=6))
def test_mapping_is_pair_for_each(values: dict[str, str]) -> None:
    one, each = Scrubber(), Scrubber()
    assert one.mapping(values) == {key: each.pair(key, value) for key, value in values.items()}
    assert one.counts == each.counts


@settings(max_examples=300)
@given(st.text("0123456789abcdef", max_size=80) | st.uuids().map(str) | st.from_regex(r"[a-z ]{0,80}", fullmatch=True))
def test_ids_and_words_stay(value: str) -> None:
    scrubber = Scrubber()
    assert scrubber.text(value) == value and scrubber.mapping({"a": value, "b": value}) == {"a": value, "b": value}


@settings(max_examples=200)
@given(
    st.sampled_from([token for _, token in TOKENS[:20]]),
    st.text(" \n.,;()", max_size=5),
    st.text(" \n.,;()", max_size=5),
)
def test_no_secret_is_left_between_signs(token: str, before: str, after: str) -> None:
    clean = Scrubber().text(f"{before} {token} {after}")
    assert token[-16:] not in clean and clean.startswith(before) and clean.endswith(after)


def test_import_is_cheap() -> None:
    code = "import sys, include.governance.scrub; print({'detect_secrets', 'requests'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
