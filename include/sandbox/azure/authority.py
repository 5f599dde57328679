"""The cloud's metadata endpoint and the login authority: OpenID discovery, and tokens for client credentials."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import jwt
import orjson

from .answers import Answer, Request, no_token, ok
from .names import CLIENT_ID, CLIENT_SECRET, PRINCIPAL_ID, TENANT_ID

_ALGORITHM = "HS256"
_METADATA_VERSION = "2019-05-01"


class Authority:
    """Issues and checks bearer tokens.

    Args:
        base: the emulator's address.
        lifetime: seconds until a token expires.
    """

    def __init__(self, base: str, lifetime: float = 3600) -> None:
        self.base, self.lifetime = base, lifetime
        self._key = secrets.token_hex(32)

    def revoke(self) -> None:
        """Every token so far is refused from now on."""
        self._key = secrets.token_hex(32)

    def metadata(self) -> Answer:
        """GET /metadata/endpoints?api-version=2019-05-01."""
        entry = {
            "name": "AzureEmulator",
            "portal": f"{self.base}/portal.stand.in/",  # the SDK takes what follows the second dot
            "resourceManager": self.base,
            "authentication": {
                "loginEndpoint": self.base,
                "audiences": [self.base],
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "suffixes": {"storage": "core.windows.net", "keyVaultDns": "vault.azure.net"},
        }
        return ok([entry])

    def discovery(self, tenant: str) -> Answer:
        """GET /TENANT/v2.0/.well-known/openid-configuration."""
        own = f"{self.base}/{tenant}"
        return ok(
            {
                "issuer": f"{own}/v2.0",
                "authorization_endpoint": f"{own}/oauth2/v2.0/authorize",
                "token_endpoint": f"{own}/oauth2/v2.0/token",
                "jwks_uri": f"{own}/discovery/v2.0/keys",
                "response_types_supported": ["code", "id_token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def token(self, request: Request, tenant: str) -> Answer:
        """POST /TENANT/oauth2/v2.0/token with grant_type client_credentials."""
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if tenant.lower() != TENANT_ID:
            return _refused("invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.", 90002)
        if form.get("grant_type") != "client_credentials":
            return _refused(
                "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.", 70003
            )
        if form.get("client_id") != CLIENT_ID:
            message = f"AADSTS700016: Application '{form.get('client_id')}' was not found in the directory."
            return _refused("unauthorized_client", message, 700016)
        if form.get("client_secret") != CLIENT_SECRET:
            return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 7000215, status=401)
        audience = form.get("scope", "").removesuffix("/.default").rstrip("/")
        lifetime = int(self.lifetime)
        body = {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime}
        return ok({**body, "access_token": self.make(audience)})

    def make(self, audience: str) -> str:
        """A token for an audience, as a JWT."""
        now = time.time()
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{TENANT_ID}/",
            "iat": int(now),
            "nbf": int(now),
            "exp": now + self.lifetime,
            "appid": CLIENT_ID,
            "oid": PRINCIPAL_ID,
            "tid": TENANT_ID,
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def refusal(self, request: Request, *, data_plane: bool) -> Answer | None:
        """The error answer to a request without a valid token, else None.

        Args:
            data_plane: whether the token must be for Foundry's audience rather than ARM's.
        """
        return self.refusal_unless(request, lambda audience: ("ai.azure" in audience) == data_plane)

    def refusal_unless(self, request: Request, accepts: Callable[[str], bool]) -> Answer | None:
        """The error answer to a request without a valid token, else None.

        Args:
            accepts: whether a token for that audience is taken.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        authority = f"{self.base}/{TENANT_ID}"
        if scheme.lower() != "bearer" or not token:
            return no_token(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", authority
            )
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM], options={"verify_aud": False})
        except jwt.ExpiredSignatureError:
            return no_token("ExpiredAuthenticationToken", "The access token expiry UTC time has passed.", authority)
        except jwt.InvalidTokenError:
            return no_token("InvalidAuthenticationToken", "The access token is invalid.", authority)
        audience = str(claims.get("aud"))
        if not accepts(audience):
            message = f"The access token has been obtained for wrong audience or resource '{audience}'."
            return no_token("InvalidAuthenticationTokenAudience", message, authority)
        return None


def _refused(kind: str, message: str, number: int, status: int = 400) -> Answer:
    body = {"error": kind, "error_description": message, "error_codes": [number]}
    return Answer(status, orjson.dumps(body))
