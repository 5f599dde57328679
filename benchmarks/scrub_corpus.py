"""Planted secrets and their look-alikes: every kind of secret in every place where one is met, made up at run time.

Nothing here is a secret, and no scanner of the repository should take it for one: prefixes are put together from
parts, and all else is drawn from a generator with a fixed seed.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

_ALNUM = string.ascii_letters + string.digits
_LOWER = string.ascii_lowercase + string.digits
_UPPER = string.ascii_uppercase + string.digits
_HEX = "0123456789abcdef"
_BASE64 = _ALNUM + "+/"


class Planted(NamedTuple):
    """kind: of secret. place: where it stands. text: with it. secret: the part that must go."""

    kind: str
    place: str
    text: str
    secret: str


class Draw:
    """Random texts that hold digits and letters of both cases where their alphabet does."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def of(self, alphabet: str, length: int) -> str:
        """A text of that many characters."""
        classes = [[c for c in alphabet if test(c)] for test in (str.isdigit, str.islower, str.isupper)]
        needed = [self._random.choice(found) for found in classes if found][:length]
        drawn = needed + self._random.choices(alphabet, k=length - len(needed))
        self._random.shuffle(drawn)
        return "".join(drawn)

    def alnum(self, length: int) -> str:
        """Letters and digits."""
        return self.of(_ALNUM, length)

    def lower(self, length: int) -> str:
        """Lower-case letters and digits."""
        return self.of(_LOWER, length)

    def hex(self, length: int) -> str:
        """Lower-case hexadecimal digits."""
        return self.of(_HEX, length)

    def upper(self, length: int) -> str:
        """Upper-case letters and digits."""
        return self.of(_UPPER, length)

    def base64(self, size: int) -> str:
        """Base64 of that many bytes."""
        return base64.b64encode(self._random.randbytes(size)).decode()

    def uuid(self) -> str:
        """A random UUID."""
        return "-".join(self.hex(size) for size in (8, 4, 4, 4, 12))

    def password(self) -> str:
        """A password as people choose it."""
        words = ("hunter", "sommer", "tigris", "qwerty", "kolibri")
        return self._random.choice(words) + self.lower(3) + str(self._random.randrange(10, 99)) + "!"


def tokens(draw: Draw) -> dict[str, str]:
    """Secrets by kind that are known by their own form, wherever they stand."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    grafana = base64.b64encode(json.dumps({"o": "1", "n": "stack", "k": draw.alnum(24)}).encode()).decode()
    return {
        "AWS": "AK" + "IA" + draw.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        "Airtable": "pat" + draw.alnum(14) + "." + draw.hex(64),
        "Anthropic": "sk" + "-ant-api03-" + draw.alnum(80),
        "Azure client secret": draw.alnum(3) + "8" + "Q~" + draw.alnum(34),
        "Azure storage key": draw.of(_BASE64, 76) + "+A" + "St" + draw.alnum(6) + "==",
        "Azure OpenAI key": draw.alnum(52) + "JQ" + "QJ99" + draw.alnum(26),
        "Databricks": "da" + "pi" + draw.hex(32),
        "Discord": "M" + draw.alnum(23) + "." + draw.alnum(6) + "." + draw.alnum(38),
        "Doppler": "dp" + ".pt." + draw.alnum(43),
        "GitHub": "gh" + "p_" + draw.alnum(36),
        "GitHub fine": "github" + "_pat_" + draw.alnum(22) + "_" + draw.alnum(59),
        "GitLab": "gl" + "pat-" + draw.alnum(20),
        "Google": "AI" + "za" + draw.alnum(35),
        "Grafana Cloud": "gl" + "c_" + grafana,
        "Grafana service account": "gl" + "sa_" + draw.alnum(32) + "_" + draw.hex(8),
        "Groq": "gs" + "k_" + draw.alnum(52),
        "HashiCorp Vault": "hv" + "s." + draw.alnum(60),
        "Hugging Face": "h" + "f_" + draw.of(string.ascii_letters, 34),
        "JWT": f"{head}.ey{draw.alnum(60)}.{draw.alnum(43)}",
        "Linear": "lin" + "_api_" + draw.alnum(40),
        "Linear OAuth": "lin" + "_oauth_" + draw.hex(64),
        "New Relic": "NR" + "AK-" + draw.upper(27),
        "New Relic insert": "NR" + "II-" + draw.alnum(32),
        "Notion": "ntn" + "_" + draw.of(string.digits, 11) + draw.alnum(35),
        "Notion old": "secret" + "_" + draw.alnum(43),
        "OpenAI": "sk" + "-proj-" + draw.alnum(48),
        "Pinecone": "pc" + "sk_" + draw.alnum(6) + "_" + draw.alnum(63),
        "Postman": "PM" + "AK-" + draw.hex(24) + "-" + draw.hex(34),
        "PyPI": "py" + "pi-AgEIcHlwaS5vcmc" + draw.alnum(120),
        "SendGrid": "S" + "G." + draw.alnum(22) + "." + draw.alnum(43),
        "Slack": "xo" + "xb-1234567890-1234567890123-" + draw.alnum(24),
        "Stripe": "sk" + "_live_" + draw.alnum(24),
        "Telegram": "1234567" + "890:" + "AA" + draw.alnum(33),
        "age": "AGE-" + "SECRET-KEY-1" + draw.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
        "npm": "np" + "m_" + draw.alnum(36),
    }


def _vendors(draw: Draw) -> Iterator[Planted]:
    """Formats for which there is no rule of our own."""
    made = {
        "Atlassian": "ATA" + "TT3" + draw.alnum(186),
        "Buildkite": "bk" + "ua_" + draw.hex(40),
        "Cerebras": "cs" + "k-" + draw.lower(48),
        "CircleCI": "CCI" + "PAT_" + draw.alnum(22) + "_" + draw.hex(40),
        "Dynatrace": "dt0" + "c01." + draw.upper(24) + "." + draw.upper(64),
        "Figma": "fig" + "d_" + draw.alnum(40),
        "Fireworks": "fw" + "_" + draw.alnum(24),
        "Heroku": "HRKU-" + "AA" + draw.alnum(58),
        "Neon": "napi" + "_" + draw.lower(64),
        "OpenShift": "sha25" + "6~" + draw.alnum(43),
        "PlanetScale": "pscale" + "_tkn_" + draw.alnum(43),
        "Prefect": "pn" + "u_" + draw.alnum(36),
        "Pulumi": "pu" + "l-" + draw.hex(40),
        "RubyGems": "rubygems" + "_" + draw.hex(48),
        "Sentry": "sntr" + "yu_" + draw.hex(64),
        "Sourcegraph": "sg" + "p_" + draw.hex(16) + "_" + draw.hex(40),
        "Supabase": "sb" + "p_" + draw.hex(40),
        "Terraform": draw.alnum(14) + ".atl" + "asv1." + draw.alnum(67),
        "Together": "tgp" + "_v1_" + draw.alnum(43),
        "Voyage": "pa" + "-" + draw.alnum(43),
    }
    for vendor, token in made.items():
        for place, frame in _FRAMES.items():
            yield Planted(f"vendor {vendor}", place, frame.format(token), token)


_FRAMES = {
    "alone": "{}",
    "sentence": "Log in with {} before the run.",
    "end of a sentence": "It was trained with {}.",
    "JSON": '{{"note": "{}", "n": 1}}',
    "JSON in JSON": '{{"a": "{{\\"note\\": \\"{}\\"}}"}}',
    "command": "python train.py --login {} --epochs 3",
    "environment file": "A=1\nX_LOGIN={}\nB=2",
    "YAML": "epochs: 3\nlogin: {}\nlr: 1",
    "address": "https://h.example.org/x?login={}&page=2",
    "markdown": "Use `{}` (see the wiki).",
    "path": "s3://bucket/{}/model",
    "list": "['{}', 'b']",
}


def _named(value: str) -> dict[str, str]:
    """Forms in which the name of a secret tells it."""
    inner = json.dumps(f"epochs: 3\npassword: {value}\nlr: 1")
    return {
        "name=value": f"A=1\nDB_PASSWORD={value}\nB=2",
        "option": f"python t.py --api-key {value} --epochs 3",
        "option with =": f"python t.py --password={value} --epochs 3",
        "JSON": json.dumps({"api_" + "key": value, "n": 1}),
        "JSON in JSON": json.dumps({"a": json.dumps({"client_" + "secret": value})}),
        "environment list": json.dumps([{"name": "DB_PASSWORD", "value": value}]),
        "dict": f"{{'db_password': '{value}', 'x': 1}}",
        "YAML line": f"epochs: 3\npassword: {value}\nlr: 1",
        "YAML on one line": f"user: ada password: {value} host: db",
        "YAML flow": f"{{user: ada, password: {value}, host: db}}",
        "YAML in JSON": f'{{"config": {inner}}}',
        "YAML in JSON, last": json.dumps({"config": f"user: ada\npassword: {value}"}),
        "YAML in JSON in JSON": json.dumps({"a": json.dumps({"config": f"user: ada\npassword: {value}\n"})}),
        "key in a sentence": f"see AZURE_OPENAI_API_KEY: {value} in the wiki",
        "quoted in a sentence": f'the password is "{value}", ask ada',
        "Python call": f"connect(user='ada', password='{value}')",
        "connection string": f"Server=tcp:h,1433;Uid=sa;Pwd={value};",
        "query": f"https://h.example.org/x?a=1&access_token={value}&b=2",
    }


def _logins(draw: Draw) -> Iterator[Planted]:
    password, key = draw.password(), draw.hex(40)
    pair = base64.b64encode(f"ada:{draw.alnum(20)}".encode()).decode()
    forms = {
        "curl header": (f"curl -H 'x-api-key: {key}' https://h.example.org", key),
        "curl header, double quotes": (f'curl --header "X-API-Key: {password}" https://h.example.org', password),
        "curl header, api-key": (f"curl -s -H 'api-key: {draw.hex(32)}' u", ""),
        "curl header, private token": (f"curl -H 'PRIVATE-TOKEN: {password}' u", password),
        "curl header, cookie": (f"curl -H 'Cookie: session={draw.alnum(40)}' u", ""),
        "curl user": (f"curl -u ada:{password} https://h.example.org", password),
        "curl user, long": (f"curl -s --user 'ada:{password}' https://h.example.org", password),
        "curl user, attached": (f"curl -uada:{password} https://h.example.org", password),
        "curl proxy user": (f"curl --proxy-user ada:{password} https://h.example.org", password),
        "wget": (f"wget --user=ada --password={password} https://h.example.org", password),
        "mysql": (f"mysql -h db -u root -p{password} mlflow", password),
        "mysqldump": (f"mysqldump --user=root -p'{password}' mlflow", password),
        "psql": (f"PGPASSWORD={password} psql -h db -U ada", password),
        "sshpass": (f"sshpass -p {password} ssh ada@h", password),
        "redis-cli": (f"redis-cli -h h -a {password} ping", password),
        "docker login": (f"docker login -u ada -p {password} registry.example.org", password),
        "az login": (f"az login --service-principal -u {draw.uuid()} -p {password} --tenant t", password),
        "netrc": (f"machine api.wandb.ai\n  login user\n  password {key}", key),
        "netrc on one line": (f"machine h.example.org login ada password {password}", password),
        "wandb login": (f"wandb login {key}", key),
        "wandb login, relogin": (f"!wandb login --relogin {key}", key),
        "wandb.login()": (f'wandb.login(key="{key}")', key),
        "huggingface-cli login": (f"huggingface-cli login --token {draw.alnum(37)}", ""),
        "docker config": (json.dumps({"auths": {"r.example.org": {"auth": pair}}}), pair),
        "docker config in JSON": (json.dumps({"c": json.dumps({"auths": {"r": {"auth": pair}}})}), pair),
        "kaggle.json": (json.dumps({"username": "ada", "key": draw.hex(32)}), ""),
        "kaggle.json, other order": (json.dumps({"key": draw.hex(32), "username": "ada"}), ""),
        "Auth header in a dict": (f"{{'Auth': 'Basic {pair}'}}", pair),
        "Basic in JSON": (json.dumps({"x-auth": f"Basic {pair}"}), pair),
        "pip index": (f"--extra-index-url https://ada:{password}@p.example.org/simple", password),
        "sentence, is": (f"The password is {password} for now", password),
        "sentence, colon": (f"Log in as ada, password: {password}", password),
        "sentence, my": (f"my api key is {key}, keep it", key),
        "sentence, token": (f"use the token {draw.alnum(40)} to log in", ""),
        "sentence, pw": (f"user ada pw: {password}", password),
    }
    for place, (text, secret) in forms.items():
        yield Planted("login", place, text, secret or _longest(text))


def _others(draw: Draw) -> Iterator[Planted]:
    """Forms that were written down before the rules were tried on them: some are still not found."""
    password, key, token = draw.password(), draw.hex(32), draw.alnum(40)
    forms = {
        "subscript": (f"os.environ['HF_TOKEN'] = '{token}'", token),
        "keyword argument": (f"client = OpenAI(api_key='{token}')", token),
        "sentence, was": (f"the db password was {password}, rotated", password),
        "sentence, slash": (f"credentials: ada / {password}", password),
        "sentence, login": (f"login ada/{password}", password),
        "sentence, Kaggle": (f"kaggle: username ada key {key}", key),
        "sentence, German": (f"Passwort: {password}", password),
        "sentence, French": (f"mot de passe: {password}", password),
        "sentence, Russian": (f"\u043f\u0430\u0440\u043e\u043b\u044c: {password}", password),
        "bracket after": (f"passwd: {password} (temp)", password),
        "blank around": (f"password = {password}", password),
        "MongoDB": (f"mongodb+srv://ada:{password}@c.example.org", password),
        "HTTPie": (f"http -a ada:{password} GET u", password),
        "curl cookie": (f"curl -b 'session={token}' u", token),
        "curl bearer": (f"curl --oauth2-bearer {token} u", token),
        "psql conninfo": (f"psql 'host=h user=ada password={password} dbname=x'", password),
        "AWS profile": (f"[default]\naws_secret_access_key = {token}", token),
        "header line": (f"Ocp-Apim-Subscription-Key: {key}", key),
        "variables in YAML": (f'- name: API_KEY\n  value: "{key}"', key),
        "Dockerfile": (f"FROM a\nENV API_KEY {key}", key),
        "fish": (f"set -x OPENAI_API_KEY {token}", token),
        "XML attributes": (f'<add key="ApiKey" value="{key}"/>', key),
        "XML element": (f"<password>{password}</password>", password),
        "short name": (f"PASS={password}", password),
        "instrumentation key": (f"InstrumentationKey={draw.uuid()};IngestionEndpoint=u", ""),
        "Fernet": (f"fernet key: {draw.base64(32)}", ""),
        "encoded": (f"password%3D{password}%26x", password),
        "repository": (f"git clone https://oauth2:{token}@gitlab.example.org/x", token),
    }
    for place, (text, secret) in forms.items():
        yield Planted("other", place, text, secret or _longest(text))


def _longest(text: str) -> str:
    parts = "".join(c if c.isalnum() else " " for c in text).split()
    return max(parts, key=len)


def _signed(draw: Draw) -> Iterator[Planted]:
    signature = quote(draw.base64(32), safe="")
    sas = f"https://a.blob.core.windows.net/c/b?sv=2022-11-02&sr=b&sp=r&sig={signature}"
    places = {
        "address": f"{sas}&se=2030-01-01",
        "encoded": quote(sas, safe=""),
        "encoded in a query": f"https://h.example.org/open?target={quote(sas, safe='')}&x=1",
        "encoded twice": quote(quote(sas, safe=""), safe=""),
        "query only": sas.split("?")[1],
        "JSON": json.dumps({"url": sas}),
        "escaped ampersands": json.dumps({"url": sas}).replace("&", "\\u0026"),
        "HTML": sas.replace("&", "&amp;"),
        "sentence": f"The data is at {sas}.",
    }
    for place, text in places.items():
        yield Planted("SAS", place, text, signature[:30] if signature[:30] in text else quote(signature)[:20])


def planted(seed: int = 7) -> list[Planted]:
    """Every kind of secret in every place."""
    draw = Draw(seed)
    found = [
        Planted(kind, place, frame.format(token), token)
        for kind, token in tokens(draw).items()
        for place, frame in _FRAMES.items()
    ]
    values = {"password": draw.password(), "hex key": draw.hex(32), "base64 key": draw.base64(33), "UUID": draw.uuid()}
    for kind, value in values.items():
        found += [Planted(kind, place, text, value) for place, text in _named(value).items()]
    return [*found, *_logins(draw), *_signed(draw), *_others(draw), *_vendors(draw)]


def look_alikes(seed: int = 8) -> list[str]:
    """Texts without a secret that come near to one."""
    draw = Draw(seed)
    sha, digest, number = draw.hex(40), draw.hex(64), draw.uuid()
    ids = [sha, digest, draw.hex(32), draw.hex(8), number, number.upper(), f"m-{draw.hex(32)}", f"sha256:{digest}"]
    return [*ids, *_references(draw), *_prose(), *_names(), *_commands(draw), *_documents(draw)]


def _references(draw: Draw) -> list[str]:
    run, digest = draw.hex(32), draw.hex(64)
    return [
        f"runs:/{run}/model", f"models:/m-{run}", "models:/risk@champion", f"mlflow-artifacts:/1/{run}/artifacts",
        f"s3://bucket/1/{run}/artifacts/model", f"registry.example.org/a@sha256:{digest}", f"dataset digest {run[:8]}",
        "abfss://container@account.dfs.core.windows.net/path", "ada@example.org", "https://h/x?page=2&key=name",
        f"git checkout {run}{run[:8]}", f"commit {run}{run[:8]}", f"https://github.com/a/b/commit/{run}{run[:8]}",
        f"/subscriptions/{draw.uuid()}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a",
        f"azureml://registries/r/models/m/versions/1?etag={run[:12]}", f"wandb: run at https://wandb.ai/a/p/runs/{run[:8]}",
        f"arn:aws:iam::123456789012:role/train-{run[:8]}", "gs://bucket/a/b", "postgresql://user:${PASSWORD}@host/db",
        f"model_hash={digest}", f"checksum: {digest}", f"etag: {run}", f"key: {run}", f"cache_key={run}",
        f"partition_key={run[:8]}", "sort key: created_at", f"requirements_hash: {digest}", f"tenant: {draw.uuid()}",
        f"AZURE_CLIENT_ID={draw.uuid()}", f"client_id: {draw.uuid()}", "sig=0.05", "sig%3D0.05", "design%3Dflat",
        f"AzureWebJobs?assignment%3D{run}", "patch.v1.2", f"patient{run[:14]}.csv", f"pattern {digest}",
    ]  # fmt: skip


def _prose() -> list[str]:
    return [
        "password policy", "the password policy is strict", "The password is required.", "password is not stored here",
        "The password is case-sensitive and must be changed", "password: at least 8 letters", "Passwords are hashed.",
        "the token is special", "the token is [CLS]", "each token is embedded",
        "secret of good baking", "a secret is shared",
        "the API key is read from the vault", "api key: see the vault", "API key is required for the endpoint",
        "Login with your password", "login page", "password reset link", "The password field is required",
        "machine learning login password reset", "machine translation, login required", "state machine login flow",
        "basic authorization", "Auth: none", "auth: Entra ID", "'auth': 'basic'", "Basic understanding of models",
        "Basic authentication everywhere", "Bearer authentication is used",
        "token budget 100", "OAuth tokens and API keys",
        "password123 is a bad choice of words", "the keys are rotated every 90 days",
        "age secret key", "pat on the back",
        "credentials: managed identity", "authorization: the user must log in", "user: ada token: none host: db",
        "key: value, password: none", "The secret is in Key Vault kv-prod-2024", "token: hello, score: 0.5",
        "password: ${DB_PASSWORD}", "password: <your password>", "password is ******", "token is required: true",
        "the password is stored in /run/secrets/db2.key", "my password is my dog's name", "the key is customer_id2",
        "the token is <|im_start|>", "next token is 29871", "pad token is 50256", "the secret is out since 2024-05-01",
    ]  # fmt: skip


def _names() -> list[str]:
    """Names and words beside the words of secrets; written down before the rules were tried on them."""
    return [
        "the model is keyed by token12345678", "token: bert-base-uncased-v2", "password_policy_version: 2024-05-01",
        "api key id: 12345678", "secret: my-kv-secret-name-2", "keyVaultSecretName: azureml-secret-2024x",
        "auth: oauth2",
        "token_type: bearer2", "x-api-key header is required for v2",
        "the API key is stored in Key Vault as openai-key-2",
        "credential: DefaultAzureCredential", "primary key: customer_id_2024", "sort_key = created_at_2024",
        "secret scanning v2.3.1", "password hashing with bcrypt12", "Access key rotation every 90days",
        "signature: sha256",
        "curl -u $1:$2 host", "machine: Standard_NC6s_v3 login node password-less", "sig=a1b2", "author: 12345abc",
        "tokens: 12345678abc", "num_tokens: 1024k", "keywords: password2vec, token2vec", "passing: 95.3percent",
        "passed: test_2024_01", "conn: wifi2024xyz", "secret-detector: v1.2.3b4", "tokenizer: GPT2TokenizerFast",
        "token embedding is 768dimensional", "connection: aml-conn-2024", "code: E1101-pylint-2024",
        "model key: fraud_model_v12_2024_final", "partition key: region2024west", "cache key: v1-model-2024-abcdef12",
        "session token is required since v2.3.0", "the secret is called db-password-v2",
        "api_key: YOUR_API_KEY_HERE_123",
        "secret name: kv-prod-2024-eastus", "api key: sk-...", "token: <hf_xxx>", "Basic Auth", "password: changeme",
    ]  # fmt: skip


def _commands(draw: Draw) -> list[str]:
    return [
        "mysql -h db -u root -p mlflow", "mysql -P 3306 -p", "ssh -p 2222 ada@h", "docker run -p 8080:80 image",
        "docker run -u 1000:1000 -p 5000:5000 image", "tar -xpf model.tar", "mkdir -p a/b/c", "wandb login",
        "wandb login --relogin", "wandb login --host https://wandb.example.org", "curl -u $USER:$PASSWORD https://h",
        "curl -H 'Content-Type: application/json' https://h", "curl -H 'Accept: application/vnd.v2+json' https://h",
        "curl -H 'x-ms-version: 2022-11-02' https://h", "curl -H 'x-request-id: " + draw.uuid() + "' https://h",
        "curl -H 'x-api-key: $KEY' https://h", "curl -u ada https://h", "docker login registry.example.org",
        "kaggle datasets download -d a/b", "python -u train.py", "python -m a --key-column id --token-budget 100",
        "az login --identity", "redis-cli -h h -p 6379 ping", "psql -h db -U ada", "--api-key $OPENAI_API_KEY --lr 1",
        "huggingface-cli login", "sort -u a:b", "git push -u origin main:release", "grep -u user:name file",
    ]  # fmt: skip


def _documents(draw: Draw) -> list[str]:
    run = draw.hex(32)
    return [
        json.dumps({"username": "ada", "key": "customer_id"}), json.dumps({"key": run, "name": "dataset"}),
        json.dumps({"auth": "none"}), json.dumps({"auth": {"type": "aad"}}), json.dumps({"auths": {}}),
        json.dumps({"key": "mlflow.note.content", "value": run}),
        json.dumps({"type": "object", "password": {"type": "string"}}),
        json.dumps([{"name": "password", "type": "string"}, {"name": "token", "type": "long"}]),
        json.dumps({"config": "epochs: 3\nlr: 0.1\ntokenizer: bert\nmax_token: 5"}),
        json.dumps({"config": "password: none\ntoken: null\n"}),
        json.dumps({"digest": run[:8], "profile": {"num_rows": 5}}),
        json.dumps({"eos_token": "</s>", "pad_token": "<pad>", "tokenizer": "bert-base-uncased"}),
        json.dumps({"run_id": run, "artifact_path": "model", "model_uuid": draw.uuid(), "model_id": f"m-{run}"}),
        json.dumps({"sha256": draw.hex(64), "md5": run, "signature": {"inputs": "[]"}}), f"- key: {run}\n  name: a",
        json.dumps({"Keyword": "password", "count": 12}), json.dumps({"key": run, "count": 1, "user": "ada"}),
    ]  # fmt: skip


def records(count: int = 4_000, seed: int = 9) -> list[dict[str, str]]:
    """Parameters and tags of runs as they mostly are: no secrets, some long documents."""
    draw = Draw(seed)
    return [_record(draw, at) for at in range(count)]


def _record(draw: Draw, at: int) -> dict[str, str]:
    run = draw.hex(32)
    model = {"run_id": run, "artifact_path": "model", "model_uuid": draw.uuid(), "flavors": {"sklearn": {"code": None}}}
    columns = [{"name": f"column_{index}", "type": "double", "required": True} for index in range(at % 30)]
    return {
        **{f"param_{index}": f"0.{index}{at}" for index in range(12)},
        "mlflow.user": "ada@example.org",
        "mlflow.source.name": "/mnt/azureml/cr/j/train.py",
        "mlflow.source.git.commit": draw.hex(40),
        "mlflow.source.git.repoURL": "https://github.com/example/models.git",
        "mlflow.note.content": "Classifies what a customer's message is about. Key features: the last 30 days. " * 3,
        "tokenizer_name": "bert-base-uncased",
        "eos_token": "</s>",
        "uri": f"abfss://data@account.dfs.core.windows.net/1/{run}/artifacts",
        "schema": json.dumps({"mlflow_colspec": columns}),
        "mlflow.log-model.history": json.dumps([model]),
        "command": f"python train.py --lr 0.{at} --tokenizer bert --data s3://bucket/{run[:8]} --seed {at}",
    }


# What forms of secrets begin with: repeated, it makes a careless expression look at the whole text again and again
REPEATED = (
    "curl -u a:b ",
    "mysql -pabc ",
    "-p abc ",
    "machine a login b ",
    "machine a ",
    "-H a: b ",
    "wandb login ",
    "key-key-",
    "wandb.login(",
    '"username": "a", ',
    '"key": "',
    "basic abc ",
    '"auth":"',
    "%3d",
    "a%3Db",
    "%253D",
    "password is ",
    "token " + "a" * 29,
    "name: a\n value: ",
    '<add key="a" ',
    "<a>b",
    "ENV A B ",
    "a.key",
    "_key",
    "\u00e9key ",
    "password:",
    "\\nkey: a1b2c3d4",
    "key_" * 40,
    "api key ",
    "docker login -p ",
    "curl;",
    "key ",
    " ",
    "eyJ",
    "-eyJ",
    "://a:",
    "://",
    "sk-",
    "a-",
    "-----BEGIN PRIV" + "ATE KEY ",
    'password="',
    "token: x ",
    "&a",
    "\\",
    "xoxb-1-",
    "//",
    "ab12",
    "aws",
    '"',
    "@",
    "authorization: ",
    "password={",
    ",a",
    "--a ",
    '"name":"a","value":',
    "1",
)
