"""The state of a service's registration, and what prevents registering a campaign."""

from __future__ import annotations

from dataclasses import dataclass, replace

from msvc_toolkit.a2p.campaigns import brands, calls
from msvc_toolkit.a2p.campaigns.labels import STATES
from msvc_toolkit.a2p.campaigns.model import KEPT, NOBODY, Brand, CampaignDraft, RegisteredCampaign
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem, TwilioRefused
from msvc_toolkit.services.calls import fetch_service

UNKNOWN = "in a state this toolkit does not know"


@dataclass(frozen=True)
class Standing:
    """The state of a service's registration, as the account shows it."""

    service: str  # the service's name
    us_numbers: int  # how many of its senders need a campaign
    brands: tuple[Brand, ...] = ()  # the account's brands
    campaign: RegisteredCampaign | None = None  # the service's campaign, None while it has none
    unreadable: str = ""  # why brands and campaign could not be read; empty when they could
    sandbox: bool = False  # whether this is a sandbox
    stopped: bool = False  # whether it is a sandbox whose clock has to be moved

    @property
    def correctable(self) -> bool:
        """Whether the service has a refused campaign that can be submitted again."""
        return self.campaign is not None and self.campaign.status == "FAILED"

    def problems(self, chosen: Brand | None, draft: CampaignDraft) -> list[Problem]:
        """Return what prevents registering it, and warnings."""
        found = [self._brand_problem(chosen), self._campaign_problem(draft)]
        if not self.us_numbers:
            sentence = (
                "The service has no US local number, and carriers may charge for a campaign without one. Do Step 3 "
                "before or after: once the campaign is verified, the numbers in the pool are registered automatically."
            )
            found.append(Problem("", sentence, blocks=False))
        return [problem for problem in found if problem is not None]

    def _brand_problem(self, chosen: Brand | None) -> Problem | None:
        if self.unreadable:
            return Problem("", f"The registration cannot be read: {self.unreadable}")
        if chosen is not None:
            state = STATES.get(chosen.status, chosen.status)
            waits = chosen.status in ("PENDING", "IN_REVIEW")
            how = "click “Let an hour pass”" if self.stopped else "wait for the decision, then click “Refresh”"
            then = f"{how}, or choose" if waits else "choose"
            return None if chosen.usable else Problem("brand", f"This brand is {state}; {then} an approved one.")
        how = (
            "Type its name and website and click “Register a sandbox brand”, or use conn.sandbox.register_brand()"
            if self.sandbox
            else "Register one in the Console, as described below"
        )
        sentence = f"This account has no brand, and a campaign needs one. {how}. You can already write the texts."
        return Problem("brand", sentence)

    def _campaign_problem(self, draft: CampaignDraft) -> Problem | None:
        if self.campaign is None:
            return None
        if not self.correctable:
            state = STATES.get(self.campaign.status, UNKNOWN)
            sentence = (
                f"The service has a campaign already, which is {state}. Only a rejected campaign can be corrected; to change "
                "this one, delete it and register another one."
            )
            return Problem("", sentence)
        stays = "Use case, keywords and replies stay as they were registered. To change them, delete the campaign and register another."
        if self._beyond_correction:
            return Problem("", f"The parts that were refused cannot be corrected here. {stays}")
        if any(getattr(draft, name) not in ((), "", getattr(self.campaign.draft, name)) for name in KEPT):
            return Problem("", stays, blocks=False)
        return None

    @property
    def _beyond_correction(self) -> bool:
        """Return whether the campaign has a blocker in a field that no update can change."""
        if self.campaign is None:
            return False
        sid = self.campaign.brand_registration_sid
        sender = next((brand.sender for brand in self.brands if brand.sid == sid), NOBODY)
        remarks = self.campaign.draft.remarks(sender)
        return any(remark.severity == "blocker" and remark.fields[0].lower() in KEPT for remark in remarks)


def look(conn: Connection, service_sid: str) -> Standing:
    """Read a service with its pool and campaign, and the account's brands.

    Raises:
        TwilioRefused: There is no such service. If other parts may not be read, `unreadable` says so.
    """
    name = fetch_service(conn, service_sid).friendly_name
    stopped = conn.sandbox is not None and conn.sandbox.clock == "manual"
    numbers = brands.us_local_numbers(conn, service_sid)
    seen = Standing(name, numbers, sandbox=conn.sandbox is not None, stopped=stopped)
    try:
        return replace(seen, brands=brands.list_brands(conn), campaign=calls.fetch_campaign(conn, service_sid))
    except TwilioRefused as error:
        return replace(seen, unreadable=str(error))
