"""The numbered checks by family, in the order in which to fix what they find."""

from msvc_toolkit.a2p.readiness.checks import account, brand, campaign, content, senders, traffic

_FAMILIES = (account, brand, campaign, content, senders)
CHECKS = (
    *(check for family in _FAMILIES for check in family.CHECKS),
    *traffic.CHECKS[:-2],
    content.SENT,
    *traffic.CHECKS[-2:],
)
"""All checks; an id is never reused for another rule."""

__all__ = ["CHECKS"]
