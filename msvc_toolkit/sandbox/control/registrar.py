"""The part of a sandbox's handle that registers: brands and campaigns in any state, without waiting for a review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.dials import Dials
from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.storage.store import Row


class Registrar(Dials):
    """Plays the campaign registry and the carriers behind it.

    Args:
        sandbox: The sandbox to register with.
    """

    def enforce_a2p(self, *, on: bool = True) -> None:
        """Have US numbers need a campaign before there is any: until one is verified, messages to the US end in 30034.

        Without this an account takes part once it has a brand or a campaign.

        Args:
            on: False goes back to that.
        """
        with self._store.writing():
            if on:
                self._store.remember(a2p_registration.SWITCH, "enforced")
            else:
                self._store.run("DELETE FROM meta WHERE key = ?", a2p_registration.SWITCH)

    def register_brand(
        self, brand_type: str = "STANDARD", *, status: str = "APPROVED", errors: Mapping[int, str] | None = None,
        profile_status: str = "twilio-approved", product_status: str = "twilio-approved",
        valid_until: datetime | None = None, business: Mapping[str, object] | None = None,
        account_sid: str | None = None, **more: Any,
    ) -> str:  # fmt: skip
        """Make a brand registration in any state, with its customer profile and A2P profile, and return its SID.

        Args:
            brand_type: STANDARD or SOLE_PROPRIETOR.
            status: Where it stands; any text, also one that Twilio does not have yet.
            errors: Twilio's codes, each with the field it is about: ``{30795: "business_registration_number"}``.
            profile_status: Where its customer profile stands, such as "draft" or "twilio-rejected".
            product_status: Where its A2P profile bundle stands.
            valid_until: When the customer profile ends, if it does.
            business: What its end users say, by Twilio's names (``business_name``, ``website_url``, ``company_type``,
                ``mobile_phone_number``); what is left out is a made-up deli's.
            account_sid: A subaccount; the sandbox's own account when not given.
            more: Further fields of the answer: ``identity_status``, ``brand_score``, ``tcr_id``, ``mock``,
                ``skip_automatic_sec_vet``, ``russell_3000``, ``government_entity``, ``tax_exempt_status``.

        Raises:
            SandboxError: There is no such field.
        """
        from msvc_toolkit.sandbox.scenarios import registrations  # noqa: PLC0415 - brings the campaign linter

        with self._store.writing():
            return registrations.brand(
                self._store, account_sid or str(self._account()["sid"]), self._sandbox.clock.now(),
                brand_type=brand_type, status=status, errors=errors, profile_status=profile_status,
                product_status=product_status, valid_until=valid_until, business=business, **more,
            )  # fmt: skip

    def register_campaign(
        self, service_sid: str, *, brand_sid: str | None = None, status: str = "VERIFIED",
        errors: Mapping[int, str] | None = None, **more: Any,
    ) -> str:  # fmt: skip
        """Make a service's campaign in any state, and return its SID.

        When it is verified, the numbers that are in the pool now are registered with the carriers too; a number that
        is added later waits for its registration (30035) as it does in life.

        Args:
            service_sid: The service; it has one campaign at most.
            brand_sid: The brand; when not given the account's newest, which is made if there is none.
            status: Where it stands; any text.
            errors: Twilio's codes, each with the field it is about: ``{30896: "MESSAGE_FLOW"}``.
            more: Texts and flags by Twilio's names (``us_app_to_person_usecase``, ``description``,
                ``message_samples``, ...), ``campaign_id``, ``mock``, or ``external=True``; what is left out is a
                campaign that a reviewer has nothing against.

        Raises:
            SandboxError: There is no such service or field, or the service has a campaign.
        """
        from msvc_toolkit.sandbox.scenarios import registrations  # noqa: PLC0415 - brings the campaign linter

        with self._store.writing():
            service = self._store.one("SELECT account_sid FROM service WHERE sid = ?", service_sid)
            if service is None:
                raise SandboxError(f"The sandbox has no service {service_sid}.")
            account_sid = str(service["account_sid"])
            if brand_sid is None and not more.get("external"):
                brand_sid = self._newest_brand(account_sid) or self.register_brand(account_sid=account_sid)
            return registrations.campaign(
                self._store, self._sandbox.settings, account_sid, service_sid, self._sandbox.clock.now(),
                brand_sid=brand_sid, status=status, errors=errors, **more,
            )  # fmt: skip

    def _newest_brand(self, account_sid: str) -> str | None:
        row = self._store.one("SELECT sid FROM brand WHERE account_sid = ? ORDER BY seq DESC LIMIT 1", account_sid)
        return str(row["sid"]) if row else None

    def _account(self) -> Row:
        row = self._store.one("SELECT * FROM account ORDER BY sid != owner_account_sid, seq, date_created LIMIT 1")
        if row is None:
            raise SandboxError("The sandbox has no account; start it afresh with conn.sandbox.reset().")
        return row
