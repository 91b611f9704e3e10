"""A campaign, the brand behind it, a reviewer's remarks, and the rules that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import cleandoc
from typing import Literal

Severity = Literal["blocker", "warning", "advice"]
Grade = Literal["P", "Q", "T", "?"]
"""How reliable a rule's source is: P read in Twilio's own specification or pages, Q in a summary of named Twilio pages, T from
a third party (another carrier partner, a reseller), ? uncertain or our own reading."""

AT_CREATION = frozenset({20001, 21720, 21727, 21728, 30933, 30934})
"""Codes with which Twilio refuses the request itself (HTTP 400), so that no campaign is made."""


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """The texts of one A2P 10DLC campaign; the names are Twilio's.

    Args:
        us_app_to_person_usecase: One code, such as ``ACCOUNT_NOTIFICATION``.
        description: Who sends to whom, and why.
        message_flow: How people agree to get messages: the call to action.
        message_samples: Messages as they will be sent.
        has_embedded_links: Whether messages carry links.
        has_embedded_phone: Whether messages carry phone numbers.
        opt_in_message: The reply to an opt-in keyword.
        opt_in_keywords: The keywords that opt in.
        opt_out_message: The reply to STOP, unless it is left to Twilio.
        opt_out_keywords: The keywords that opt out, unless they are left to Twilio.
        help_message: The reply to HELP, unless it is left to Twilio.
        help_keywords: The keywords that ask for help, unless they are left to Twilio.
        subscriber_opt_in: Whether people agree before they get messages.
        age_gated: Whether content is behind an age gate.
        direct_lending: Whether the messages are about loans from the sender itself.
        privacy_policy_url: The public privacy policy.
        terms_and_conditions_url: The public terms.
        opt_in_image_url: A public picture of the opt-in, as the Console asks for ("Opt-In Image URL"); the API has no such
            parameter, so only the Console can submit it.
    """

    us_app_to_person_usecase: str = ""
    description: str = ""
    message_flow: str = ""
    message_samples: tuple[str, ...] = ()
    has_embedded_links: bool = False
    has_embedded_phone: bool = False
    opt_in_message: str = ""
    opt_in_keywords: tuple[str, ...] = ()
    opt_out_message: str = ""
    opt_out_keywords: tuple[str, ...] = ()
    help_message: str = ""
    help_keywords: tuple[str, ...] = ()
    subscriber_opt_in: bool = True
    age_gated: bool = False
    direct_lending: bool = False
    privacy_policy_url: str = ""
    terms_and_conditions_url: str = ""
    opt_in_image_url: str = ""

    def texts(self, *names: str) -> list[tuple[str, str]]:
        """Return the texts of the named fields, each with its field; each sample is a text of its own."""
        found: list[tuple[str, str]] = []
        for name in names:
            value = getattr(self, name)
            found += [(name, value)] if isinstance(value, str) else [(name, text) for text in value]
        return found


@dataclass(frozen=True)
class BrandIdentity:
    """The brand behind a campaign, as far as it is known; an empty text means unknown.

    Args:
        name: The name that people know.
        website: Its site.
        email: Its support address.
        brand_type: STANDARD or SOLE_PROPRIETOR.
    """

    name: str = ""
    website: str = ""
    email: str = ""
    brand_type: str = "STANDARD"


@dataclass(frozen=True)
class Remark:
    """One remark of a reviewer on a campaign.

    Args:
        rule: The rule's id, such as ``links.shortener``.
        code: Twilio's error code for it.
        fields: The field, in the words of Twilio's ``errors[].fields`` (``MESSAGE_FLOW``).
        severity: blocker: it will be refused; warning: it may be refused; advice: it could be better.
        sentence: What is wrong.
        remedy: What to do.
        source: Where the rule was read.
        grade: How reliable the source is.
    """

    rule: str
    code: int
    fields: tuple[str, ...]
    severity: Severity
    sentence: str
    remedy: str
    source: str
    grade: Grade

    @property
    def at_creation(self) -> bool:
        """Whether Twilio refuses the request itself, before any review."""
        return self.severity == "blocker" and self.code in AT_CREATION


Findings = Iterable[tuple[str, str]]
"""Pairs of a field, in the words of `Campaign` or `BrandIdentity`, and a sentence."""


@dataclass(frozen=True)
class Rule:
    """One rule: what it looks for, Twilio's code for it, what to do, and the source."""

    id: str  # its name, ``group.word``, which never changes
    code: int  # Twilio's error code
    severity: Severity  # what a finding means
    remedy: str  # what to do about one
    source: str  # where it was read
    grade: Grade  # how reliable the source is
    find: Callable[[Campaign, BrandIdentity], Findings]  # looks for faults and yields a field and a sentence for each

    @property
    def title(self) -> str:
        """What the rule requires, in one line."""
        return cleandoc(self.find.__doc__ or "").partition("\n")[0]

    def remarks(self, campaign: Campaign, sender: BrandIdentity) -> list[Remark]:
        """Return one remark for each field in which the rule finds faults; it names all of them."""
        found: dict[str, dict[str, None]] = {}
        for field, sentence in self.find(campaign, sender):
            found.setdefault(field, {})[sentence] = None
        return [
            Remark(
                self.id,
                self.code,
                (field.upper(),),
                self.severity,
                " ".join(sentences),
                self.remedy,
                self.source,
                self.grade,
            )
            for field, sentences in found.items()
        ]


def rule(
    id_: str, code: int, severity: Severity, remedy: str, source: str = "", grade: Grade = "P"
) -> Callable[[Callable[[Campaign, BrandIdentity], Findings]], Rule]:
    """Make a `Rule` from a function that looks for faults; the source is Twilio's page on the code, unless given."""
    read = source or f"Twilio error and warning dictionary, {code} (read 2026-11-23)"
    return lambda find: Rule(id_, code, severity, remedy, read, grade, find)
