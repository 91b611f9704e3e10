"""The resources the sandbox answers for, one module each."""

from __future__ import annotations

from msvc_toolkit.sandbox.resource import Route
from msvc_toolkit.sandbox.resources import (
    accounts,
    alpha,
    available,
    buying,
    channels,
    deactivations,
    exports,
    feedback,
    links,
    media,
    messages,
    numbers,
    senders,
    services,
    tollfree,
)

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *available.ROUTES,
    *numbers.ROUTES,
    *buying.ROUTES,
    *channels.ROUTES,
    *services.ROUTES,
    *senders.ROUTES,
    *alpha.ROUTES,
    *messages.ROUTES,
    *media.ROUTES,
    *feedback.ROUTES,
    *deactivations.ROUTES,
    *exports.ROUTES,
    *tollfree.ROUTES,
    *links.ROUTES,
)
"""Every operation there is."""
