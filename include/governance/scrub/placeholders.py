"""Values that are no secrets, whatever they are assigned to."""

import re

# Values no rule can hit: words under 20 characters, plain numbers, hex ids, MLflow's `m-` ids.
is_plain = re.compile(r"(?:[\w.+-]{0,19}|[-+]?[0-9.]{1,40}(?:e[-+]?\d{1,3})?|(?:m-)?[0-9a-f]{1,128})\Z").match

# Found where a secret would be: nothing, a number, a flag, a type's name, a placeholder, a reference to a vault.
_placeholder = re.compile(
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


def is_placeholder(value: str) -> bool:
    """Whether the value of something named like a secret is none: empty, a flag, a placeholder, a reference."""
    return len(value) <= 200 and _placeholder(value) is not None
