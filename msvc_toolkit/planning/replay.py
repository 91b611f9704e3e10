"""Replay a log: work out its messages again, in their order, with another pool, other settings or another tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.html import cards
from msvc_toolkit.logs.aggregates.frames import fetch
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.money import E5
from msvc_toolkit.logs.measures.rates import SMALL
from msvc_toolkit.logs.measures.rates import rates as wilson
from msvc_toolkit.planning.flow import CARRIER_RATE, DAY_FULL, QUEUE_FULL, TOO_OLD, equal_senders, near, over
from msvc_toolkit.planning.model import PlannedSender
from msvc_toolkit.rules import addresses, error_codes, rates, sender_selection
from msvc_toolkit.rules.limits import PACIFIC, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.plurals import count

OF_QUEUES = (QUEUE_FULL, TOO_OLD, CARRIER_RATE, DAY_FULL, 30027)
"""Errors that depend on the load of a queue or carrier: they are calculated again. 30027 is the older code of T-Mobile's
daily cap."""
OF_SENDERS = (30007, 30018, 30032, 30033, 30034, 30035, 30040, 30125)
"""Errors that depend on the sender: a message that moves to another sender gets that sender's rate of them. Source: error
dictionary, read 2026-11-30; that 30007 depends more on the sender than on the text is ours."""
HEAVY = 0.5
"""Above this share of its service's messages, one of several senders carries too much. Ours."""
_TEXTS = "messaging_service_sid number peer kind country area_code direction status price_unit".split()
_COLUMNS = (*_TEXTS, "date_created", "sid", "error_code", "num_segments", "num_media", "price_e5")
_OF_POOLS = (sender_selection.NOBODY_ELIGIBLE, sender_selection.EMPTY_POOL, sender_selection.RCS_UNREACHABLE)
_NEVER = ("failed", "canceled", "scheduled")
_NOBODY = ""
_UNUSED = -(1 << 60)
_ONLY = "only sender"
_EARLIER = "pair from before the log"


@dataclass(frozen=True)
class _Way:
    """How messages are sent: the pool of each service, and its settings."""

    pools: Mapping[str, tuple[PlannedSender, ...]]
    sticky_sender: bool = True
    area_code_geomatch: bool = True
    validity_seconds: int = VALIDITY_LIMIT_SECONDS
    tier: rates.ThroughputTier | None = None
    keep: bool = True


@dataclass(frozen=True)
class SenderAdvice:
    """A change for one sender, and what a replay of it shows."""

    number: str = field(repr=False)
    sentence: str
    replay: Replay = field(repr=False)


@dataclass(frozen=True)
class Replay:
    """The result of a replay.

    Args:
        summary: The result in one sentence.
        senders: A row for each service and sender. Its messages: `logged`, `before` (a replay on the log's own pool),
            `after`, and the `difference`. Its share of the service: `share_before`, `share_after`. Its longest wait in
            seconds, in the slowest tier that is possible: `wait_before`, `wait_after`.
        codes: A row for each error code: messages `logged`, and the fewest and the most `before`, `after`, and their
            `difference`.
        cost: A row for each currency: `before`, `after`, `difference`. Carrier fees are not included.
        choices: A row for each rule that decided: `messages`, and for how many the replay chose the `same` sender.
        agreement: For which share of the messages the replay on the log's own pool chose the sender of the log.
        notes: What was assumed, and what is not known.
    """

    summary: str
    senders: pd.DataFrame = field(repr=False)
    codes: pd.DataFrame = field(repr=False)
    cost: pd.DataFrame = field(repr=False)
    choices: pd.DataFrame = field(repr=False)
    agreement: float
    notes: tuple[str, ...] = field(repr=False)
    _sent: pd.DataFrame = field(repr=False)
    _before: _Way = field(repr=False)

    @property
    def failed(self) -> tuple[float, float]:
        """How many more messages fail than before, at least and at most; negative for fewer."""
        return self.codes["difference_low"].sum(), self.codes["difference_high"].sum()

    @cached_property
    def advice(self) -> tuple[SenderAdvice, ...]:
        """Which sender to leave out and which carries too much, each with the effect that a replay shows."""
        return tuple(_advise(self._sent, self._before))

    def _repr_html_(self) -> str:
        shown = self.senders.assign(number=self.senders["number"].map(addresses.mask))
        names = ("number", "before", "after", "difference")
        senders = cards.table(("Sender", "Before", "After", "Difference"), _rows(shown, names))
        changed = self.codes[(self.codes["difference_low"] != 0) | (self.codes["difference_high"] != 0)]
        names = ("error_code", "meaning", "difference_low", "difference_high")
        codes = cards.table(("Error", "Meaning", "More messages, at least", "At most"), _rows(changed.round(1), names))
        return str(
            cards.style()
            + cards.card("note", self.summary, senders, codes if len(changed) else "", cards.bullets(self.notes))
        )


def replay(
    log: Log,
    *,
    senders: Iterable[PlannedSender | str] | Mapping[str, Iterable[PlannedSender | str]] | None = None,
    without: Iterable[str] | str = (),
    sticky_sender: bool = True,
    area_code_geomatch: bool = True,
    validity_seconds: int = VALIDITY_LIMIT_SECONDS,
    tier: rates.ThroughputTier | str | int | None = None,
    new_tier: rates.ThroughputTier | str | int | None = None,
    keep: bool = True,
) -> Replay:
    """Work out a log's messages again: their senders, how long they wait, which fail, and what they cost. Nothing is sent.

    Only messages for which a service chose the sender can get another one. Replies, and messages with their own ``From``,
    keep theirs and use the queues as before. The pool of a service is every sender that it used in the log.

    Args:
        log: The log, or a selection of it.
        senders: The pool in place of the log's, for every service or by the service's SID.
        without: Numbers to leave out; or SIDs, for senders that are given with a SID.
        sticky_sender: The service's setting of that name.
        area_code_geomatch: Likewise.
        validity_seconds: How long a message may wait.
        tier: The tier of the US numbers' campaign, as in a `SendPlan`; None for a range over all tiers.
        new_tier: The tier to change to.
        keep: Where several senders are equal, keep the sender of the log if it is one of them: the service may have
            written to that recipient before the log begins. False chooses by load alone, as a new service does.

    Raises:
        InvalidInput: The log has no message of a service, or a sender is not known.
    """
    was, then = rates.read_tier(tier), rates.read_tier(new_tier)
    sent = _messages(log)
    before = _Way(_pools(sent), tier=was)
    pools = before.pools if senders is None else _given(senders, before.pools)
    there = {one.address for way in (before.pools, pools) for pool in way.values() for one in pool}
    sent["number"] = sent["number"].cat.set_categories(sorted({_NOBODY, *sent["number"].cat.categories, *there}))
    after = _Way(_left(pools, without), sticky_sender, area_code_geomatch, validity_seconds, then or was, keep)
    return _compare(sent, before, after)


def _messages(log: Log) -> pd.DataFrame:
    """Return the messages that went out, in order of time; texts are categories, empty where the log has none."""
    rows = nw.from_native(log.frame).lazy()
    there = rows.collect_schema().names()
    rows = rows.select(*(name if name in there else nw.lit(None, nw.String).alias(name) for name in _COLUMNS))
    table = fetch(rows.filter(nw.col("direction") != "inbound", ~nw.col("date_created").is_null()))
    table = table.sort_by([("date_created", "ascending"), ("sid", "ascending")])
    texts = {name: pc.fill_null(table[name].cast(pa.string()), "") for name in _TEXTS}
    texts["price_unit"] = pc.utf8_upper(texts["price_unit"])
    texts["channel"] = pc.replace_substring_regex(texts["peer"], r"^(?:([a-z]+):)?.*$", r"\1")
    sent: pd.DataFrame = pa.table(texts).to_pandas(categories=list(texts))
    sent["price_e5"] = table["price_e5"].cast(pa.float64()).to_pandas()
    for name in ("date_created", "sid"):
        sent[name] = table[name].to_pandas()
    for name, least in (("error_code", 0), ("num_segments", 1), ("num_media", 0)):
        sent[name] = np.maximum(pc.fill_null(table[name].cast(pa.int64()), 0).to_numpy(), least)
    sent["chosen"] = (
        (sent["messaging_service_sid"] != "") & (sent["direction"] != "outbound-reply") & (sent["peer"] != "")
    )
    again = sent["error_code"].isin((*OF_QUEUES, *_OF_POOLS))
    sent["early"] = sent["status"].isin(_NEVER) & ~again  # they failed before a queue, and would again
    if not (sent["chosen"] & (sent["number"] != "")).any():
        sentence = "No message of this log was sent by a Messaging Service. Choose a log, or a part of it, with some."
        raise InvalidInput([Problem("log", sentence)])
    return sent


def _pools(sent: pd.DataFrame) -> dict[str, tuple[PlannedSender, ...]]:
    """Return the senders that each service used; a short code's country is the one it wrote to most."""
    used = sent[sent["chosen"] & (sent["number"] != "")]
    most = used.groupby(["messaging_service_sid", "number"], observed=True)["country"].agg(
        lambda one: one.mode().iloc[0]
    )
    pools: dict[str, list[PlannedSender]] = defaultdict(list)
    for (service, number), country in zip(most.index.tolist(), most.tolist(), strict=True):
        pools[service].append(PlannedSender(number, country=country if number.isdigit() else ""))
    return {service: tuple(pool) for service, pool in pools.items()}


def _given(senders: Any, pools: Mapping[str, Any]) -> dict[str, tuple[PlannedSender, ...]]:
    senders = senders if isinstance(senders, Mapping) else list(senders)
    named = dict(senders) if isinstance(senders, Mapping) else dict.fromkeys(pools, senders)
    if unknown := set(named) - set(pools):
        raise InvalidInput([Problem("senders", f"The log has no service {', '.join(sorted(unknown))}.")])
    read = {
        service: tuple(PlannedSender(one) if isinstance(one, str) else one for one in pool)
        for service, pool in named.items()
    }
    if wrong := next((one for pool in read.values() for one in pool if one.member is None), None):
        raise InvalidInput([Problem("senders", f"{wrong.shown!r:.40} is not a sender. Use a number with its +.")])
    return {**pools, **read}


def _left(
    pools: Mapping[str, tuple[PlannedSender, ...]], without: Iterable[str] | str
) -> dict[str, tuple[PlannedSender, ...]]:
    gone = {without} if isinstance(without, str) else set(without)
    known = {name for pool in pools.values() for one in pool for name in (one.address, one.sid) if name}
    if unknown := gone - known:
        who = ", ".join(addresses.mask(one) for one in sorted(unknown))
        raise InvalidInput([Problem("without", f"{who}: in no pool. Name a number that sent messages in the log.")])
    return {service: tuple(one for one in pool if not gone & {one.address, one.sid}) for service, pool in pools.items()}


def _choose(sent: pd.DataFrame, way: _Way, used: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Choose the sender of each message in order of time: sender (empty for none), deciding rule and error code.

    `used` has the turn, below 0, at which each sender was used last before the first message.
    """
    services, names = sent["messaging_service_sid"].cat.categories.tolist(), sent["number"].cat.categories.tolist()
    number_of = {name: number for number, name in enumerate(names)}
    pools = {
        service: sender_selection.Pool(
            tuple(one.member for one in pool if one.member), way.area_code_geomatch, way.sticky_sender
        )
        for service, pool in way.pools.items()
    }
    where, places = _places(sent, pools.values())

    @cache
    def equals(service: int, before: int, place: int, media: bool) -> tuple[tuple[int, ...], str, int]:
        pool = pools.get(services[service], sender_selection.Pool(()))
        able, rule, code = _equals(places[place], replace(pool, remembered=names[before] or None), media)
        return tuple(number_of[one] for one in able), rule, code

    nobody = number_of[_NOBODY]
    forgotten = {number for number, name in enumerate(names) if name.startswith("rcs:")}
    stuck: dict[int, int] = {}
    last = [(used or {}).get(name, _UNUSED) for name in names]
    pairs = len(sent["peer"].cat.categories)
    ids = [sent[name].cat.codes.tolist() for name in ("messaging_service_sid", "peer", "number")]
    columns = (sent["chosen"].tolist(), *ids, where.tolist(), (sent["num_media"] > 0).tolist(), sent["early"].tolist())
    whose, rules, codes = [], [], []
    for turn, (chosen, service, peer, number, place, media, early) in enumerate(zip(*columns, strict=True)):
        who, rule, code = number, "", 0
        if chosen:
            pair = service * pairs + peer
            before = stuck.get(pair, nobody) if way.sticky_sender else nobody
            able, rule, code = equals(service, before, place, media)
            if before == nobody and way.keep and way.sticky_sender and number not in able:
                earlier = equals(service, number, place, media)[0]
                able, rule, code = (earlier, _EARLIER, 0) if earlier == (number,) else (able, rule, code)
            if not able:
                who = nobody
            elif len(able) == 1:
                who = able[0]
            elif not (way.keep and number in able):
                who = min(able, key=lambda one: (last[one], one))  # of those never used the first by its address
            if able and who not in forgotten:
                stuck[pair] = who
        if not early:
            last[who] = turn
        whose.append(who)
        rules.append(rule)
        codes.append(code)
    named = pd.Categorical.from_codes(whose, categories=pd.Index(names))
    return pd.DataFrame({"who": named, "rule": pd.Categorical(rules), "code": codes})


def _places(sent: pd.DataFrame, pools: Iterable[sender_selection.Pool]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Number the destinations that sender selection distinguishes, by country, area code and channel."""
    close = near(member for pool in pools for member in pool.senders)
    parts = [sent["country"], sent["area_code"].where(sent["area_code"].isin(close)), sent["channel"]]
    key = np.zeros(len(sent), np.int64)
    for part in parts:
        key = key * (len(part.cat.categories) + 1) + part.cat.codes + 1
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    return number, list(zip(*(part.iloc[first].astype(object).fillna("") for part in parts), strict=True))


def _equals(where: tuple[str, ...], pool: sender_selection.Pool, media: bool) -> tuple[tuple[str, ...], str, int]:
    """Return the senders that are equal, the rule that decided, and the error code where there is no sender."""
    country, area_code, channel = (one or None for one in where)
    to = addresses.Address("", "channel" if channel else "local", country, area_code, channel)
    choice = sender_selection.choose(to, pool, media=media)
    if choice.sender is None:
        return (), choice.steps[-1].rule, choice.error_code or 0
    narrowed = [b.rule for a, b in pairwise(choice.steps) if a.left != b.left]
    by_sid = {one.sid: one.address.text for one in pool.senders}
    return tuple(by_sid[sid] for sid in equal_senders(choice)), narrowed[-1] if narrowed else _ONLY, 0


def _queued(
    sent: pd.DataFrame, who: pd.DataFrame, way: _Way, tier: rates.ThroughputTier
) -> tuple[pd.DataFrame, dict[int, float]]:
    """Send messages through their queues: the wait and error code of each, and how many carriers refuse by code."""
    rate_of = {one.address: one.rate for pool in way.pools.values() for one in pool if one.rate}
    names, sender = who["who"].cat.categories.tolist(), who["who"].cat.codes.to_numpy()
    read = [addresses.read(name) for name in names]
    us = np.array([one is not None and (one.kind, one.country) == ("local", "US") for one in read])
    usual = np.array(
        [rate_of.get(name) or (rates.usual_rate(one) if one else 1.0) for name, one in zip(names, read, strict=True)]
    )
    going = ((who["who"] != _NOBODY) & ~sent["early"]).to_numpy()
    campaign = us[sender] & ((sent["country"] == "US") & (sent["channel"] == "")).to_numpy()
    media = sent["num_media"].to_numpy() > 0
    size = np.where((sent["channel"] != "") | media, 1, sent["num_segments"])
    rate = np.where(campaign, np.where(media, tier.mms_total or tier.total, tier.total), usual[sender])
    queue = np.where(campaign, sent["messaging_service_sid"].cat.codes.to_numpy().astype(int) + len(names), sender)
    at = sent["date_created"].to_numpy("datetime64[us]").astype("int64") / 1e6
    wait, code = np.zeros(len(sent)), who["code"].to_numpy().copy()
    held = rates.queue_seconds()
    for _, rows in pd.Series(np.arange(len(sent)))[going].groupby(queue[going]):
        place = rows.to_numpy()
        holds = held.get(sent["channel"].iloc[place[0]], held[""])
        limit = min(holds, way.validity_seconds)
        wait[place], lost = _wait(at[place], size[place] / rate[place], limit)
        code[place[lost]] = QUEUE_FULL if holds <= way.validity_seconds else TOO_OLD
    through = going & campaign & (code == 0)
    frame = pd.DataFrame({"wait": wait, "code": code})
    return frame, _refused(at[through] + wait[through], size[through], queue[through], tier)


def _wait(at: np.ndarray, lasts: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how long each message waits in a queue, and which messages it cannot hold."""
    done = np.cumsum(lasts) - lasts
    wait = np.maximum.accumulate(at - done) + done - at
    lost = np.zeros(len(at), bool)
    if (wait > limit).any():  # a message that is not held does not delay the others
        free = -np.inf
        for place, (moment, long) in enumerate(zip(at.tolist(), lasts.tolist(), strict=True)):
            wait[place] = max(free - moment, 0.0)
            lost[place] = wait[place] > limit
            free = free if lost[place] else moment + wait[place] + long
        wait[lost] = 0.0
    return wait, lost


def _refused(leaves: np.ndarray, size: np.ndarray, queue: np.ndarray, tier: rates.ThroughputTier) -> dict[int, float]:
    """Return how many messages carriers refuse on average, by error code; a log does not have the carrier of a phone."""
    if not len(leaves):
        return {}
    found = {CARRIER_RATE: 0.0, DAY_FULL: 0.0}
    gone = pd.DataFrame({"at": leaves // 60, "queue": queue, "size": size})
    each = gone["size"].mean()
    minutes = _counted(gone.groupby(["queue", "at"]).size())
    days = gone["size"].groupby(pd.to_datetime(leaves, unit="s", utc=True).tz_convert(ZoneInfo(PACIFIC)).date).sum()
    for carrier, share in rates.carrier_shares().items():
        room = int(rates.carrier_rate(tier, carrier) * 60 / each + 1e-9)
        found[CARRIER_RATE] += sum(over(n, share, room) * many for n, many in minutes.items() if n > room)
        if carrier == "T-Mobile" and tier.daily:
            found[DAY_FULL] = float((days * share - tier.daily).clip(lower=0).sum() / each)
    return found


@dataclass(frozen=True)
class _Outcome:
    """The result of the messages sent one way: the sender of each; and by tier its wait and error code."""

    who: pd.DataFrame
    queued: tuple[pd.DataFrame, ...]
    codes: tuple[dict[int, tuple[float, float]], ...]

    @property
    def slowest(self) -> pd.DataFrame:
        """Waits and codes in the slowest tier."""
        return max(self.queued, key=lambda frame: float(frame["wait"].sum()))


def _outcome(sent: pd.DataFrame, way: _Way, than: _Outcome | None = None) -> _Outcome:
    """Send the messages one way.

    Args:
        sent: The messages.
        way: The way.
        than: The result before; messages that have another sender since get the errors of that sender.
    """
    who = _choose(sent, way)
    known = sorted(rates.all_tiers(), key=lambda tier: tier.total)
    tiers = (way.tier,) if way.tier else (known[0], known[-1])
    queued = [_queued(sent, who, way, tier) for tier in tiers]
    moved = who["who"] != (than.who["who"] if than else who["who"])
    codes = tuple(_codes(sent, frame, refused, moved, who["who"]) for frame, refused in queued)
    return _Outcome(who, tuple(frame for frame, _ in queued), codes)


def _codes(
    sent: pd.DataFrame, frame: pd.DataFrame, refused: Mapping[int, float], moved: pd.Series, who: pd.Series
) -> dict[int, tuple[float, float]]:
    """Return the fewest and the most messages by error code."""
    found: defaultdict[int, np.ndarray] = defaultdict(lambda: np.zeros(2))
    stays = (frame["code"] == 0) & ~sent["error_code"].isin((0, *OF_QUEUES, *_OF_POOLS))
    kept = sent["error_code"][stays & ~(moved & sent["error_code"].isin(OF_SENDERS))]
    for code, n in (*_counted(kept).items(), *_counted(frame["code"][frame["code"] != 0]).items()):
        found[code] += n
    for code, expected in refused.items():
        found[code] += expected
    arrived = moved & (frame["code"] == 0) & ~sent["early"]
    if arrived.any():
        seen = sent[~sent["early"]]
        rows = _counted(seen["number"])
        for sender, n in _counted(who[arrived]).items():
            own = _counted(seen["error_code"][seen["number"] == sender])
            for code in OF_SENDERS if sender in rows else ():
                ends = wilson(np.array([own.get(code, 0)]), np.array([rows[sender]]))
                found[code] += n * np.array([ends["low"][0], ends["high"][0]]) if own.get(code, 0) else 0.0
    return {code: (float(ends[0]), float(ends[1])) for code, ends in found.items() if ends.any()}


def _counted(values: pd.Series) -> dict[Any, int]:
    found = values.value_counts()
    found = found[found > 0]
    return dict(zip(found.index.tolist(), found.tolist(), strict=True))


def _compare(sent: pd.DataFrame, before: _Way, after: _Way) -> Replay:
    first = _outcome(sent, before)
    second = _outcome(sent, after, first)
    chosen = sent["chosen"] & (sent["number"] != "")
    same = (first.who["who"] == sent["number"])[chosen]
    choices = pd.DataFrame({"rule": first.who["rule"][chosen], "same": same})
    choices = choices.groupby("rule", observed=True)["same"].agg(messages="size", same="sum").reset_index()
    senders, codes, cost = _senders(sent, first, second), _by_code(sent, first, second), _cost(sent, first, second)
    notes = _notes(sent, before, after, second)
    agreement = float(same.mean())
    moved = sent["chosen"] & (first.who["who"] != second.who["who"])
    gone = int((moved & (second.who["who"] == _NOBODY)).sum())
    summary = (
        f"On the log's own pool the replay chose the same sender for {agreement:.1%} of {count(len(same), 'message')}"
    )
    if before != after:
        summary = _summary(senders, codes, cost, int(moved.sum()) - gone, gone, len(same))
    few = f" These are only {count(len(same), 'message')}: too few to rely on." if len(same) < SMALL else ""
    return Replay(f"{summary}.{few}", senders, codes, cost, choices, agreement, notes, sent, before)


def _senders(sent: pd.DataFrame, first: _Outcome, second: _Outcome) -> pd.DataFrame:
    def by_sender(who: pd.Series, values: pd.Series, how: str) -> pd.Series:
        part = pd.DataFrame({"service": sent["messaging_service_sid"], "number": who, "value": values})
        found = part[sent["chosen"] & (who != _NOBODY)].groupby(["service", "number"], observed=True)["value"].agg(how)
        return (
            found.reset_index().astype({"service": object, "number": object}).set_index(["service", "number"])["value"]
        )

    whose = {"logged": sent["number"], "before": first.who["who"], "after": second.who["who"]}
    parts = [by_sender(who, sent["chosen"], "size").rename(name) for name, who in whose.items()]
    frame = pd.concat(parts, axis=1).fillna(0).astype(int)
    frame["difference"] = frame["after"] - frame["before"]
    for name in ("before", "after"):
        whole = frame[name].groupby("service").transform("sum")
        frame[f"share_{name}"] = frame[name] / whole.where(whole > 0)
    frame = frame.assign(
        wait_before=by_sender(whose["before"], first.slowest["wait"], "max"),
        wait_after=by_sender(whose["after"], second.slowest["wait"], "max"),
    ).reset_index()
    frame = frame.sort_values(["service", "after"], ascending=[True, False], ignore_index=True)
    return frame.rename(columns={"service": "messaging_service_sid"})


def _by_code(sent: pd.DataFrame, first: _Outcome, second: _Outcome) -> pd.DataFrame:
    logged = _counted(sent["error_code"][sent["error_code"] != 0])
    rows = []
    for code in sorted({*logged, *(code for one in (first, second) for found in one.codes for code in found)}):
        pairs = [[found.get(code, (0.0, 0.0)) for found in one.codes] for one in (first, second)]
        ends = [edge(end[place] for end in side) for side in pairs for place, edge in ((0, min), (1, max))]
        both = range(max(map(len, pairs)))
        more = [[pairs[1][n % len(pairs[1])][end] - pairs[0][n % len(pairs[0])][end] for n in both] for end in (0, 1)]
        known = error_codes.lookup(code)
        rows.append((code, known.meaning if known else "", logged.get(code, 0), *ends, min(more[0]), max(more[1])))
    columns = "error_code meaning logged before_low before_high after_low after_high difference_low difference_high"
    return pd.DataFrame(rows, columns=columns.split())


def _cost(sent: pd.DataFrame, first: _Outcome, second: _Outcome) -> pd.DataFrame:
    """Add up the costs of messages by currency."""
    totals = {}
    for name, one in (("before", first), ("after", second)):
        went = (one.slowest["code"] == 0) & (one.who["who"] != _NOBODY) & ~sent["early"]
        price, unit = _prices(sent, one.who["who"])
        totals[name] = price[went].groupby(unit[went]).sum()
    frame = pd.DataFrame(totals).fillna(0.0).rename_axis("price_unit").reset_index()
    return frame[frame["price_unit"] != ""].assign(difference=frame["after"] - frame["before"]).reset_index(drop=True)


def _prices(sent: pd.DataFrame, who: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return each message's price and currency; a moved one costs what others from that kind of sender to its country do."""
    priced = sent[sent["price_e5"].notna() & (sent["price_unit"] != "")]
    keys = ["kind", "country", "num_segments"]
    usual = priced.groupby(keys, observed=True)["price_e5"].mean().rename("usual").reset_index()
    units = priced.groupby("country", observed=True)["price_unit"].agg(lambda one: one.mode().iloc[0]).to_dict()
    kinds = {number: getattr(addresses.read(number), "kind", "") for number in who.cat.categories}
    kind, country = who.astype(object).map(kinds), sent["country"].astype(object)
    moved = pd.DataFrame({"kind": kind, "country": country, "num_segments": sent["num_segments"]})
    others = moved.merge(usual.astype({"kind": object, "country": object}), on=keys, how="left")["usual"]
    price = sent["price_e5"].where(sent["price_e5"].notna() & (kind == sent["kind"].astype(object)), others)
    return price / E5, country.map(units).fillna("")


def _notes(sent: pd.DataFrame, before: _Way, after: _Way, second: _Outcome) -> tuple[str, ...]:
    new = set(second.who["who"]) - set(sent["number"]) - {_NOBODY}
    earlier = "Then the recipient's first message in the log used that earlier sender, which the replay does not know."
    notes = [f"A service may have written to a recipient before the log begins. {earlier}"]
    if after.keep:
        notes.append("Where several senders are equal, the sender of the log is kept if it is one of them.")
    if before.tier is None or after.tier is None:
        notes.append(
            "The campaign's tier is not known: errors are a range over all tiers, waits are those of the slowest."
        )
    notes.append("The calculation assumes one brand for all US numbers, and one campaign for each service.")
    notes.append("A log does not name the carrier of a phone: refusals are averages by the carriers' market shares.")
    if new:
        unknown = "so it is not known how carriers filter their messages"
        notes.append(f"{count(len(new), 'sender')} of the new pool sent nothing in the log, {unknown}.")
    return tuple(notes)


def _summary(senders: pd.DataFrame, codes: pd.DataFrame, cost: pd.DataFrame, moved: int, gone: int, n: int) -> str:
    """Describe the changes in one sentence."""
    parts = [f"{moved:,} of {count(n, 'message')} go out from another sender"]
    parts += [f"{count(gone, 'message')} reach nobody"] if gone else []
    low, high = codes["difference_low"].sum(), codes["difference_high"].sum()
    parts.append(f"{_range(low, high)} fail")
    waits = senders["wait_before"].max(), senders["wait_after"].max()
    parts.append(f"the longest wait is {waits[1]:,.0f} s (before: {waits[0]:,.0f} s)")
    parts += [
        f"the cost changes by {more:+,.2f} {unit}"
        for unit, more in zip(cost["price_unit"], cost["difference"], strict=True)
        if round(more, 2)
    ]
    return "; ".join(parts)


def _range(low: float, high: float) -> str:
    """Write how many more or fewer messages, at least and at most."""
    least, most = round(low), round(high)
    if least < 0 < most:
        return f"{-least:,} fewer to {most:,} more messages"
    ends = sorted((abs(least), abs(most)))
    number = f"{ends[1]:,}" if ends[0] == ends[1] else f"{ends[0]:,} to {ends[1]:,}"
    return f"{number} {'fewer' if least < 0 else 'more'} messages" if ends[1] else "as many messages"


def _rows(frame: pd.DataFrame, names: tuple[str, ...]) -> list[tuple[object, ...]]:
    return list(frame[list(names)].itertuples(index=False, name=None))


def _advise(sent: pd.DataFrame, before: _Way) -> Iterable[SenderAdvice]:
    """Find senders that clearly fail more often than the others of their service, and senders that carry too much."""
    went = sent[sent["chosen"] & ~sent["early"] & (sent["number"] != "")]
    lost = went["error_code"].isin(OF_SENDERS).groupby([went["messaging_service_sid"], went["number"]], observed=True)
    bad = lost.agg(["size", "sum"])
    whole = bad.groupby("messaging_service_sid", observed=True).transform("sum")
    found = pd.concat([bad, (whole - bad).add_prefix("rest_")], axis=1).reset_index()
    for service, number, n, own, others, theirs in found.to_numpy(object).tolist():
        if min(n, others) < SMALL or len(before.pools[service]) == 1:
            continue
        part = sent[sent["messaging_service_sid"] == service].reset_index(drop=True)
        ends = wilson(np.array([own, theirs]), np.array([n, others]))
        if ends["low"][0] > ends["high"][1]:
            then = _compare(part, before, replace(before, pools=_left(before.pools, number)))
            said = (
                f"Leave out {addresses.mask(number)}: carriers refuse {ends['rate'][0]:.1%} of its messages "
                f"({ends['rate'][1]:.1%} of the others')."
            )
            yield SenderAdvice(number, f"{said} Without it {then.summary}", then)
        share = n / (n + others)
        if share > HEAVY:
            then = _compare(part, before, replace(before, keep=False, area_code_geomatch=False))
            new = then.senders.set_index(["messaging_service_sid", "number"])["share_after"].get((service, number), 0.0)
            said = f"{addresses.mask(number)} carries {share:.0%} of its service's messages; if only load decided, it would be {new:.0%}."
            yield SenderAdvice(number, f"{said} Then {then.summary}", then)


def sent_by(
    log: Log,
    pools: Mapping[str, Iterable[PlannedSender]],
    settings: Mapping[str, Mapping[str, Any]],
    *,
    keep: Container[str] | None,
    tier: rates.ThroughputTier | None = None,
) -> pd.DataFrame:
    """Send each message of a log through its service as given, each service with settings of its own; see `replay`.

    Args:
        log: The log.
        pools: The pool of each service, by its SID; a service that is left out has an empty one.
        settings: The settings of each service by their names; one that is left out has its default.
        keep: The services that keep the sender of the log among equals, as in `replay`. None for an account that begins
            afresh: nobody was used before.
        tier: What a campaign may send; None for the slowest tier.

    Returns:
        A row for each message whose service chose its sender, in order of time: sid, date_created,
        messaging_service_sid, to, country and number of the log, its error_code; then who would send it (empty for
        nobody), the rule that decided, the error code of sender selection or a full queue, its wait in seconds, its price
        and price_unit.
    """
    sent = _messages(log)
    used = None if keep is None else dict(zip(sent["number"], range(-len(sent), 0), strict=True))
    sent = sent[sent["chosen"]].reset_index(drop=True)
    there = {one.address for pool in pools.values() for one in pool}
    sent["number"] = sent["number"].cat.set_categories(sorted({_NOBODY, *sent["number"].cat.categories, *there}))
    slowest = tier or min(rates.all_tiers(), key=lambda one: one.total)
    parts = []
    for service, rows in sent.groupby("messaging_service_sid", observed=True):
        flags = settings.get(str(service), {})
        way = _Way(
            {str(service): tuple(pools.get(str(service), ()))},
            bool(flags.get("sticky_sender", True)),
            bool(flags.get("area_code_geomatch", True)),
            int(flags.get("validity_period") or VALIDITY_LIMIT_SECONDS),
            keep=service in (keep or ()),
        )
        part = rows.reset_index(drop=True)
        who = _choose(part, way, used)
        queued, _ = _queued(part, who, way, slowest)
        price, unit = _prices(part, who["who"])
        more = {"rule": who["rule"].astype(str), "code": queued["code"], "wait": queued["wait"]}
        parts.append(part.assign(who=who["who"].astype(str), **more, price=price, unit=unit).set_index(rows.index))
    names = ["sid", "date_created", "messaging_service_sid", "peer", "country", "num_media", "number", "error_code"]
    found = pd.concat(parts).sort_index()[[*names, "early", "who", "rule", "code", "wait", "price", "unit"]]
    texts = dict.fromkeys(("messaging_service_sid", "peer", "country", "number"), str)
    return found.astype(texts).rename(columns={"peer": "to", "unit": "price_unit"})
