"""The numbered checks, family by family, in the order in which faults are fixed."""

from msvc_toolkit.a2p.readiness.checks import account, brand, campaign, content, senders, traffic

CHECKS = (
    *account.CHECKS,
    *brand.CHECKS,
    *campaign.CHECKS,
    *content.CHECKS,
    *senders.CHECKS,
    *traffic.CHECKS[:-1],
    content.SENT,
    traffic.CHECKS[-1],
)
"""All of them; an id is never given to another rule."""

__all__ = ["CHECKS"]
