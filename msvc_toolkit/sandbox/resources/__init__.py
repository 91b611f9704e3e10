"""The resources the sandbox answers for, one module each."""

from __future__ import annotations

from msvc_toolkit.sandbox.resource import Route
from msvc_toolkit.sandbox.resources import (
    accounts,
    alpha,
    available,
    brands,
    bundle_items,
    bundles,
    buying,
    campaigns,
    channels,
    deactivations,
    entities,
    exports,
    feedback,
    links,
    media,
    messages,
    numbers,
    policies,
    senders,
    services,
    tollfree,
    usecases,
    vettings,
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
    *policies.ROUTES,
    *entities.ROUTES,
    *bundles.ROUTES,
    *bundle_items.ROUTES,
    *brands.ROUTES,
    *vettings.ROUTES,
    *usecases.ROUTES,
    *campaigns.ROUTES,
)
"""Every operation there is."""
