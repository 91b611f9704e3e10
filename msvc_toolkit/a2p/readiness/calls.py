"""Reads all facts for a review, with a few parallel requests and never one for each number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from typing import Any

from msvc_toolkit.a2p.campaigns.model import Brand, brand_of, campaign_of
from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.a2p.readiness import parse
from msvc_toolkit.a2p.readiness.facts import Facts, seen
from msvc_toolkit.a2p.readiness.model import Bundle, NotExamined
from msvc_toolkit.a2p.readiness.reader import ListReader
from msvc_toolkit.connection import Connection
from msvc_toolkit.connection.live import CONCURRENCY
from msvc_toolkit.services.model import Service

API_VERSION = {"X-Twilio-Api-Version": "v1.2"}
"""The API version whose answers have a campaign's policy addresses. Source: the header is in the Messaging specification; its
value was reported by one integrator (T); read 2026-11-23."""
Progress = Callable[[int, int], None]
Jobs = dict[Any, Callable[[], Any]]


def gather(conn: Connection, *, progress: Progress | None = None, stopped: Callable[[], bool] = lambda: False) -> Facts:
    """Read an account's US registration; nothing is written.

    A fact that cannot be read, for lack of rights or another reason, is `NotExamined`. `progress` is
    called with the number of lists read and of all lists; once `stopped` returns True the rest is left unread.
    """
    reader = ListReader(conn, stopped)
    asked: dict[Any, Future[Any]] = {}
    with ThreadPoolExecutor(CONCURRENCY) as many:

        def ask(jobs: Jobs) -> None:
            asked.update({key: many.submit(job) for key, job in jobs.items()})

        ask(_account(reader, conn))
        services, brands = (seen(asked[name].result()) for name in ("services", "brands"))
        ask(_brands(reader, conn, brands, services))  # some of these need several requests in a row, so they go first
        ask(_services(reader, conn, services))
        for done, _ in enumerate(as_completed(asked.values()), start=1):
            if progress is not None:
                progress(done, len(asked))
    found = {key: answer.result() for key, answer in asked.items()}

    def parts(kind: str, lost: object = ()) -> Any:
        """The answers of one kind by SID, or the reason why they were not requested."""
        return (
            lost if isinstance(lost, NotExamined) else {key[1]: part for key, part in found.items() if key[0] == kind}
        )

    vettings = parts("vettings").values()
    return Facts(
        now=conn.now,
        account=found["account"],
        customer_profiles=_evaluated(found["customer_profiles"], parts("evaluation")),
        trust_products=_evaluated(found["trust_products"], parts("evaluation")),
        brands=found["brands"],
        vettings=next(
            (v for v in vettings if isinstance(v, NotExamined)), tuple(v for some in vettings for v in seen(some))
        ),
        identities={sid: who for sid, who in parts("identity").items() if isinstance(who, BrandIdentity)},
        services=found["services"],
        campaigns=parts("campaign", found["services"]),
        pools=parts("pool", found["services"]),
        numbers=found["numbers"],
        tollfree_verifications=found["tollfree_verifications"],
        usecases=parts("usecases", found["brands"]),
        calls=reader.calls,
    )


def _account(reader: ListReader, conn: Connection) -> Jobs:
    """The requests for the account as a whole; first those that others need, and those that take longest."""
    v1, trust, api = conn.client.messaging.v1, conn.client.trusthub.v1, conn.client.api.v2010
    base = f"/Accounts/{conn.account_sid}"
    return {
        "services": lambda: reader.rows(v1, "/Services", parse.service),
        "brands": lambda: reader.rows(v1, "/a2p/BrandRegistrations", brand_of),
        "numbers": lambda: reader.rows(api, f"{base}/IncomingPhoneNumbers.json", parse.number),
        "account": lambda: reader.one(api, f"{base}.json", parse.account),
        "customer_profiles": lambda: reader.rows(trust, "/CustomerProfiles", parse.customer_profile),
        "trust_products": lambda: reader.rows(trust, "/TrustProducts", parse.trust_product),
        "tollfree_verifications": lambda: reader.rows(v1, "/Tollfree/Verifications", parse.verification),
    }


def _services(reader: ListReader, conn: Connection, services: tuple[Service, ...]) -> Jobs:
    """The requests for each service's numbers and campaigns."""
    v1, rows = conn.client.messaging.v1, reader.rows
    jobs: Jobs = {}
    for sid in (service.sid for service in services):
        campaigns = f"/Services/{sid}/Compliance/Usa2p"
        jobs["pool", sid] = partial(rows, v1, f"/Services/{sid}/PhoneNumbers", parse.number)
        jobs["campaign", sid] = partial(rows, v1, campaigns, campaign_of, headers=API_VERSION)
    return jobs


def _brands(reader: ListReader, conn: Connection, brands: tuple[Brand, ...], services: tuple[Service, ...]) -> Jobs:
    """The requests for brands: vettings, use cases they may choose, and their bundles' evaluations and business."""
    v1, trust = conn.client.messaging.v1, conn.client.trusthub.v1
    jobs: Jobs = {}
    for brand in brands:
        profile, bundle = brand.customer_profile_bundle_sid, brand.a2p_profile_bundle_sid
        vettings = f"/a2p/BrandRegistrations/{brand.sid}/Vettings"
        jobs["vettings", brand.sid] = partial(reader.rows, v1, vettings, parse.vetting)
        if services:  # any service will do: the brand decides
            cases = f"/Services/{services[0].sid}/Compliance/Usa2p/Usecases"
            asked = {"BrandRegistrationSid": brand.sid}
            jobs["usecases", brand.sid] = partial(reader.one, v1, cases, parse.usecases, **asked)
        jobs["evaluation", profile] = partial(_evaluation, reader, trust, f"/CustomerProfiles/{profile}")
        jobs["evaluation", bundle] = partial(_evaluation, reader, trust, f"/TrustProducts/{bundle}")
        jobs["identity", profile] = partial(_identity, reader, trust, profile)
    return {key: job for key, job in jobs.items() if key[1]}


def _evaluation(reader: ListReader, trust: Any, path: str) -> str | NotExamined:
    """Return the result of a bundle's newest evaluation."""
    evaluations = reader.rows(trust, f"{path}/Evaluations", parse.evaluation)
    return evaluations if isinstance(evaluations, NotExamined) else max(evaluations, default=("", ""))[1]


def _identity(reader: ListReader, trust: Any, profile_sid: str) -> BrandIdentity | NotExamined:
    """Return the business behind a customer profile."""
    parts = reader.rows(trust, f"/CustomerProfiles/{profile_sid}/EntityAssignments", lambda row: str(row["object_sid"]))
    people = [reader.one(trust, f"/EndUsers/{sid}", dict) for sid in seen(parts) if sid.startswith("IT")]
    return parse.identity(row for row in people if isinstance(row, dict))


def _evaluated(bundles: tuple[Bundle, ...] | NotExamined, evaluations: Mapping[str, object]) -> Any:
    if isinstance(bundles, NotExamined):
        return bundles
    words = {sid: word for sid, word in evaluations.items() if isinstance(word, str)}
    return tuple(replace(bundle, evaluation=words.get(bundle.sid, "")) for bundle in bundles)
