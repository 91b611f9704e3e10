"""Step 3 on the account: list its senders and pools; add, move and remove senders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import InvalidInput, OutcomeUnknown, Problem, TwilioRefused, Unreachable, refuse
from msvc_toolkit.private.arguments import Progress, also_called, reporting
from msvc_toolkit.rules import addresses, error_codes
from msvc_toolkit.senders.inventory import account_senders, pool_of
from msvc_toolkit.senders.model import SID_PARAMS, AlphaSender, Outcome, Sender, alpha_problems
from msvc_toolkit.services.calls import sid_problems

COLUMNS = ("sender", "kind", "country", "capabilities", "friendly_name", "service", "sid")
OUTCOME_COLUMNS = ("sender", "outcome", "code", "sentence", "sid")


class _MaskedColumn(pd.Series):
    """A column of a `SenderTable`."""

    @property
    def _constructor(self) -> type[_MaskedColumn]:
        return _MaskedColumn

    @property
    def _constructor_expanddim(self) -> type[SenderTable]:
        return SenderTable

    def __repr__(self) -> str:
        return addresses.mask_in(repr(pd.Series(self).map(_masked)))  # and in the index


class SenderTable(pd.DataFrame):
    """A table that holds whole phone numbers, but prints and draws them masked.

    Its columns and selections are masked in the same way. Values taken out (`.tolist()`, `.to_csv()`) are whole.
    """

    @property
    def _constructor(self) -> type[SenderTable]:
        return SenderTable

    @property
    def _constructor_sliced(self) -> type[_MaskedColumn]:
        return _MaskedColumn

    def __repr__(self) -> str:
        return addresses.mask_in(repr(pd.DataFrame(self).map(_masked)))  # and in the index

    def _repr_html_(self) -> str | None:
        drawn: str | None = pd.DataFrame(self).map(_masked)._repr_html_()  # type: ignore[operator]  # pandas-stubs lacks it
        return drawn and addresses.mask_in(drawn)


def _masked(value: object) -> object:
    return addresses.mask_in(value) if isinstance(value, str) else value


@also_called(sid="service_sid", masked="mask")
def list_senders(conn: Connection, service_sid: str | None = None, *, mask: bool | None = None) -> pd.DataFrame:
    """Return a service's pool, or the whole account's senders, as a table.

    Args:
        conn: The account.
        service_sid: The service; everything the account has when not given.
        mask: When not given, numbers are whole in the data, as `add_senders` takes them, but masked when the table is
            shown. True masks them in the data too; False shows them whole.

    Returns:
        One row per sender: sender, kind, country, capabilities, friendly_name, service, sid.

    Raises:
        InvalidInput: The SID is not valid.
        TwilioRefused: There is no such service.
    """
    senders = pool_of(conn, service_sid) if service_sid is not None else account_senders(conn)
    return as_table(senders, mask=mask)


def as_table(senders: Sequence[Sender], *, mask: bool | None = True) -> pd.DataFrame:
    """Return senders as rows of `COLUMNS`; see `list_senders`."""
    rows = [
        (
            sender.shown if mask else sender.address,
            sender.kind,
            sender.country or sender.iso_country_code or "",
            ", ".join(sender.capabilities),
            sender.friendly_name if mask is False else sender.label,
            sender.service_name or sender.service_sid or "",
            sender.sid,
        )
        for sender in senders
    ]
    return (SenderTable if mask is None else pd.DataFrame)(rows, columns=list(COLUMNS))


@also_called(sid="service_sid", stopped="cancelled")
def add_senders(
    conn: Connection,
    service_sid: str,
    senders: Iterable[str | AlphaSender],
    *,
    move: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> pd.DataFrame:
    """Add senders to a service's pool, one after the other.

    Args:
        conn: The account.
        service_sid: The service.
        senders: SIDs (PN, SC, XE), numbers in E.164, short codes, channel addresses, or sender IDs (text or
            `AlphaSender`).
        move: Take a sender out of another service first; when adding then fails, it is put back.
        progress: Called with how many are done, how many there are, and a sentence.
        cancelled: Called before each one; True leaves the rest untried.

    Returns:
        One row per sender: sender, outcome (added, moved, refused, unknown, not tried), code, sentence, sid.

    Raises:
        InvalidInput: The service's SID is not valid, or the account does not have a sender; nothing was sent.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> msvc.add_senders(conn, svc.sid, ["+14155550100", "ACME"])["outcome"].tolist()
        ['added', 'added']
    """
    chosen = _found(conn, service_sid, senders)

    def add(item: Sender | AlphaSender) -> Outcome:
        if isinstance(item, AlphaSender):
            return _add_alpha(conn, service_sid, item)
        elsewhere = move and item.service_sid not in (None, service_sid)
        return _move(conn, service_sid, item) if elsewhere else _add(conn, service_sid, item)

    return _each(chosen, add, progress, cancelled)


@also_called(sid="service_sid", stopped="cancelled")
def remove_senders(
    conn: Connection,
    service_sid: str,
    senders: Iterable[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> pd.DataFrame:
    """Remove senders from a service's pool; numbers stay on the account.

    Args:
        conn: The account.
        service_sid: The service.
        senders: SIDs or addresses of its members.
        progress: Called with how many are done, how many there are, and a sentence.
        cancelled: Called before each one; True leaves the rest untried.

    Returns:
        One row per sender, as `add_senders` gives.

    Raises:
        InvalidInput: The service's SID is not valid, or a sender is not in its pool; nothing was sent.
    """
    members = pool_of(conn, service_sid)
    senders = [senders] if isinstance(senders, str) else senders
    known = {key: member for member in members for key in (member.sid, member.address)}
    wanted = [_plain(text) for text in senders]
    refuse([_unknown(text, "in this pool", "list_senders(conn, sid)") for text in wanted if text not in known])
    counted = Counter(member.address for member in members)
    sentence = (
        "The pool has this sender ID for all countries and for one. Name the SID: list_senders(conn, sid) shows it."
    )
    refuse([Problem("senders", f"{text}: {sentence}") for text in wanted if counted[text] > 1])

    def remove(member: Sender) -> Outcome:
        with asking():
            getattr(conn.client.messaging.v1.services(service_sid), member.resource)(member.sid).delete()
        kept = "" if member.kind == "alphanumeric" else "; the account keeps it"
        return Outcome(member.shown, member.sid, "removed", None, f"It is no longer in the pool{kept}.")

    return _each(list({known[text].sid: known[text] for text in wanted}.values()), remove, progress, cancelled)


def _each(
    items: Sequence[Any], act: Callable[[Any], Outcome], progress: Progress | None, cancelled: Callable[[], bool]
) -> pd.DataFrame:
    outcomes, report = [], reporting(progress)
    for number, item in enumerate(items, start=1):
        shown, item_sid = (item.name, "") if isinstance(item, AlphaSender) else (item.shown, item.sid)
        if cancelled():
            outcomes.append(Outcome(shown, item_sid, "not tried", None, "You stopped before this one."))
            continue
        try:
            outcomes.append(act(item))
        except TwilioRefused as error:
            sentence = error_codes.advice(error.code) or error.message
            outcomes.append(Outcome(shown, item_sid, "refused", error.code, sentence))
        except OutcomeUnknown as error:
            outcomes.append(Outcome(shown, item_sid, "unknown", None, str(error)))
        except Unreachable as error:  # this one was not sent; those before it are done
            outcomes.append(Outcome(shown, item_sid, "not tried", None, str(error)))
        report(number, len(items), f"{shown}: {outcomes[-1].outcome}.")
    table = pd.DataFrame(map(vars, outcomes), columns=list(OUTCOME_COLUMNS))
    table["code"] = table["code"].astype("Int64")
    return table


def _add(conn: Connection, sid: str, sender: Sender) -> Outcome:
    with asking():
        getattr(conn.client.messaging.v1.services(sid), sender.resource).create(
            **{SID_PARAMS[sender.resource]: sender.sid}
        )
    return Outcome(sender.shown, sender.sid, "added", None, "It is in the pool.")


def _add_alpha(conn: Connection, sid: str, alpha: AlphaSender) -> Outcome:
    service = conn.client.messaging.v1.services(sid)
    with asking():
        if alpha.iso_country_code is None:
            made = service.alpha_senders.create(alpha_sender=alpha.name)
        elif alpha.iso_country_code:
            made = service.destination_alpha_senders.create(alpha.name, iso_country_code=alpha.iso_country_code.upper())
        else:
            made = service.destination_alpha_senders.create(alpha.name)
    return Outcome(alpha.name, made.sid, "added", None, "It is in the pool.")


def _move(conn: Connection, sid: str, sender: Sender) -> Outcome:
    """Take a sender out of its service and add it here; when that fails, put it back."""
    old = str(sender.service_sid)
    with asking():
        getattr(conn.client.messaging.v1.services(old), sender.resource)(sender.sid).delete()
    try:
        _add(conn, sid, sender)
    except OutcomeUnknown as unknown:
        sentence = f"It was removed from {sender.service_name or old}. Check whether it is in this pool. {unknown}"
        return Outcome(sender.shown, sender.sid, "unknown", None, sentence)
    except (TwilioRefused, Unreachable) as refused:
        code = refused.code if isinstance(refused, TwilioRefused) else None
        try:
            _add(conn, old, sender)
        except OutcomeUnknown as unknown:
            sentence = f"It was removed from {sender.service_name or old}. Check whether it is back there. {unknown}"
            return Outcome(sender.shown, sender.sid, "unknown", code, sentence)
        except (TwilioRefused, Unreachable):
            sentence = f"It was removed from {sender.service_name or old} and is not in any service now. {refused}"
            return Outcome(sender.shown, sender.sid, "refused", code, sentence)
        sentence = f"It is back in {sender.service_name or old}. {error_codes.advice(code) or refused}"
        return Outcome(sender.shown, sender.sid, "refused", code, sentence)
    return Outcome(sender.shown, sender.sid, "moved", None, f"It moved here from {sender.service_name or old}.")


def _found(conn: Connection, sid: str, senders: Iterable[str | AlphaSender]) -> list[Sender | AlphaSender]:
    """Find the named senders on the account; raise InvalidInput if one is missing."""
    problems = sid_problems(sid)
    if problems:
        raise InvalidInput(problems)
    known = {key: sender for sender in account_senders(conn) for key in (sender.sid, sender.address)}
    chosen: dict[object, Sender | AlphaSender] = {}
    for item in [senders] if isinstance(senders, str | AlphaSender) else senders:
        if isinstance(item, AlphaSender):
            chosen[item] = item
            problems += alpha_problems(item, ())
            continue
        text = _plain(item)
        address = addresses.read(text)
        if text in known:
            chosen[known[text].sid] = known[text]
        elif address is not None and address.kind == "alphanumeric" and not _is_sid(text):
            chosen[text] = AlphaSender(text)
        else:
            problems.append(_unknown(text, "on this account", "list_senders(conn)"))
    refuse(problems)
    return list(chosen.values())


def _is_sid(text: str) -> bool:
    return text[:2] in ("PN", "SC", "XE", "AI", "MG") and len(text) == 34  # noqa: PLR2004 - two letters, 32 digits


def _plain(text: str) -> str:
    if not isinstance(text, str):
        raise InvalidInput([Problem("senders", f"Give each sender as text, its SID or its address, not {text!r:.40}.")])
    address = addresses.read(text)
    return address.text if address is not None and not _is_sid(text.strip()) else text.strip()


def _unknown(text: str, where: str, listing: str) -> Problem:
    shown = addresses.mask_in(text)[:60]
    sentence = f"There is no sender {shown!r} {where}. {listing} lists the senders there are, with their SIDs."
    return Problem("senders", sentence)
