"""Atlas' error codes, and what they mean to a caller."""

from __future__ import annotations

from ...net.http import HttpFailure
from ..contract import RequestFailure

ALREADY_CLASSIFIED = frozenset({"ATLAS-400-00-01A"})
ALREADY_RELATED = frozenset({"ATLAS-409-00-004"})
NO_SUCH_ENTITY = frozenset({"ATLAS-404-00-005"})
NO_SUCH_RELATIONSHIP = frozenset({"ATLAS-404-00-00C", "ATLAS-404-00-00F"})
NOT_CLASSIFIED = frozenset({"ATLAS-400-00-06D", "ATLAS-404-00-003"})
TYPE_EXISTS = frozenset({"ATLAS-409-00-001"})
UNKNOWN_TYPE = frozenset({"ATLAS-400-00-014", "ATLAS-400-00-00A"})
WRONG_RELATIONSHIP = frozenset({"ATLAS-400-00-036"})
_UNKNOWN_REFERENCE = frozenset({"ATLAS-400-00-07D", "ATLAS-404-00-00A", "ATLAS-404-00-009", "ATLAS-404-00-005"})
_UNAVAILABLE = frozenset({0, 429, 502, 503, 504})
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"  # how OpenSSL says it


def to_request_failure(failure: HttpFailure) -> RequestFailure:
    """Classifies a failed request.

    An answer that stays unknown counts as an outage: something between here and the catalog answers in its place.
    """
    code = str(failure.body.get("errorCode", "")) if isinstance(failure.body, dict) else ""
    is_answer_lost = failure.applied == "unknown"
    is_outage = failure.status in _UNAVAILABLE or is_answer_lost
    is_untrusted = failure.status == 0 and _UNTRUSTED in failure.sentence
    return RequestFailure(
        failure.sentence,
        code=code,
        status=failure.status,
        is_answer_lost=is_answer_lost,
        is_retriable=(is_outage or failure.status == 500) and not is_untrusted,
        is_outage=is_outage,
        is_denied=failure.status in (401, 403),
        is_untrusted=is_untrusted,
        remedy=_remedy(failure),
        is_server_error=failure.status >= 500,
        is_unknown_reference=code in _UNKNOWN_REFERENCE,
    )


def _remedy(failure: HttpFailure) -> str:
    """What helps where something in front of the catalog wants another login than a password or a token."""
    scheme = failure.challenge.partition(" ")[0].lower()
    if failure.status == 401 and scheme in ("negotiate", "kerberos"):
        return (
            "The catalog wants a Kerberos login (SPNEGO), which is not supported: enable file or LDAP logins beside it "
            "(atlas.authentication.method.file or .ldap), or address a gateway (Knox) that takes a password or a token."
        )
    if 300 <= failure.status < 400:
        where = f" ({failure.location})" if failure.location else ""
        return (
            f"A single sign-on stands in front of the catalog and leads to its login page{where}: address Atlas itself "
            "or a topology of the gateway that takes a password or a token, or give the gateway's token in `headers`."
        )
    return ""
