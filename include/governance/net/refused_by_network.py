"""How servers and gateways say that the network is what refuses, and what helps against it: no role, no password."""

from __future__ import annotations

import re

NETWORK_REFUSES = re.compile(
    r"(?i)public (?:network )?access (?:is )?(?:disabled|not allowed|denied)|private (?:endpoint|link)"
    r"|virtual network|firewall|ip access list|ip acl|not in (?:the )?allow"
    r"|ip (?:address )?(?:is )?(?:blocked|not allowed)"
)
NETWORK_REMEDY = (
    "Read from inside that network (a worker in it, a private endpoint), or allow this machine's address there. "
    "No role and no password helps."
)
