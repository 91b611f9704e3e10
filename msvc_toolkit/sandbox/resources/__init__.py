"""The resources the sandbox answers for, one module each."""

from __future__ import annotations

from msvc_toolkit.sandbox.resources.api import (
    accounts,
    available_phone_numbers,
    feedback,
    incoming_phone_numbers,
    media,
    messages,
    purchases,
)
from msvc_toolkit.sandbox.resources.bulkexports import exports
from msvc_toolkit.sandbox.resources.messaging import (
    alpha_senders,
    brand_registrations,
    brand_vettings,
    channel_senders,
    deactivations,
    link_shortening,
    pool_senders,
    services,
    tollfree_verifications,
    us_app_to_person,
    usecases,
)
from msvc_toolkit.sandbox.resources.trusthub import assignments, end_users, policies, profiles
from msvc_toolkit.sandbox.rest.routing import Route

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *available_phone_numbers.ROUTES,
    *incoming_phone_numbers.ROUTES,
    *purchases.ROUTES,
    *channel_senders.ROUTES,
    *services.ROUTES,
    *pool_senders.ROUTES,
    *alpha_senders.ROUTES,
    *messages.ROUTES,
    *media.ROUTES,
    *feedback.ROUTES,
    *deactivations.ROUTES,
    *exports.ROUTES,
    *tollfree_verifications.ROUTES,
    *link_shortening.ROUTES,
    *policies.ROUTES,
    *end_users.ROUTES,
    *profiles.ROUTES,
    *assignments.ROUTES,
    *brand_registrations.ROUTES,
    *brand_vettings.ROUTES,
    *usecases.ROUTES,
    *us_app_to_person.ROUTES,
)
"""Every operation there is."""
