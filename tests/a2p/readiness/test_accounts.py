"""Accounts of the sandbox with known faults: each is found by its check's id, and nothing else is called a blocker."""

import csv
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.log import Log
from msvc_toolkit.rules import addresses, segments

BRITISH = "+447400123456"
AREAS = (415, 212, 312, 206, 512, 702, 713, 305, 404, 602)
PEOPLE = [f"+1628555{line:04}" for line in range(100, 200)]
FIELDS = {
    "business_name": "Owl, Inc.",
    "business_website": "https://owl.example",
    "notification_email": "support@owl.example",
    "use_case_categories": ["CUSTOMER_CARE"],
    "use_case_summary": "Answers to customers who wrote to us.",
    "production_message_sample": "Owl: your case [number] is solved.",
    "opt_in_type": "WEB_FORM",
    "business_registration_number": "12-3456789",
    "message_volume": "1,000",
    "opt_in_image_urls": ["https://owl.example/opt-in.png"],
}


class Account:
    """A sandbox to fill: what a builder says, in one line each."""

    def __init__(self, conn, folder: Path) -> None:
        self.conn, self.box, self.folder = conn, conn.sandbox, folder
        self.rows: list[tuple[str, str, str]] = []
        self.logged = False
        self._made = 0

    def number(self, area: int | None = None) -> str:
        """A number nobody has yet."""
        self._made += 1
        return f"+1{area or AREAS[self._made % len(AREAS)]}55501{self._made:02}"

    def service(self, *numbers: str, standing: str = "good") -> str:
        """A service with these numbers, which are given to the account."""
        sid = msvc.create_service(self.conn, msvc.ServiceDraft(friendly_name="Orders", usecase="notifications")).sid
        for number in numbers:
            self.box.own(number, standing=standing)
        if numbers:
            assert set(msvc.add_senders(self.conn, sid, numbers)["outcome"]) == {"added"}
        return sid

    def campaign(
        self, *numbers: str, brand: dict[str, object] | None = None, standing: str = "good", **more: object
    ) -> str:
        """A service with a brand and a campaign of its own, and one number where none is named."""
        sid = self.service(*(numbers or (self.number(),)), standing=standing)
        self.box.register_campaign(sid, brand_sid=self.box.register_brand(**(brand or {})), **more)
        return sid

    def person(self, *numbers: str, brand_sid: str | None = None) -> str:
        """A sole proprietor's service and campaign; returns the brand."""
        brand_sid = brand_sid or self.box.register_brand("SOLE_PROPRIETOR")
        sid = self.service(*numbers)
        self.box.register_campaign(sid, brand_sid=brand_sid, us_app_to_person_usecase="SOLE_PROPRIETOR")
        return brand_sid

    def verify(self, number: str, **more: object) -> None:
        """A toll-free verification, decided."""
        sid = next(n.sid for n in self.conn.client.incoming_phone_numbers.list() if n.phone_number == number)
        self.conn.client.messaging.v1.tollfree_verifications.create(
            **{**FIELDS, "tollfree_phone_number_sid": sid, **more}
        )
        self.box.advance(600)

    def send(self, count: int, body: str = "Acme Deli: hello. Reply STOP to opt out.", **by: object) -> None:
        """Messages to Americans, carried to their end."""
        for to in PEOPLE[:count]:
            msvc.send(self.conn, msvc.MessageDraft(to=to, body=body, **by))
        self.box.advance(3600)
        self.logged = True

    def report(self, number: str, state: str) -> None:
        """A line of the Console's number-status report."""
        self.rows.append((number, state, ""))

    def _csv(self) -> Path | None:
        if not self.rows:
            return None
        path = self.folder / "numbers.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("Phone Number", "Registration Status", "Campaign SID"), *self.rows])
        return path

    def log(self) -> Log | None:
        """The account's messages as a log."""
        if not self.logged:
            return None
        rows = []
        for m in self.conn.client.messages.list(page_size=1000):
            out = m.direction != "inbound"
            ours, peer = (m.from_, m.to) if out else (m.to, m.from_)
            address, other = addresses.read(ours or ""), addresses.read(peer)
            rows.append(
                {
                    "number": ours,
                    "peer": peer,
                    "kind": address.kind if address else None,
                    "direction": m.direction,
                    "messaging_service_sid": m.messaging_service_sid,
                    "status": m.status,
                    "date_created": m.date_created.astimezone(UTC).replace(tzinfo=None),
                    "error_code": m.error_code,
                    "country": other.country if other else None,
                    "price_unit": m.price_unit,
                    "encoding": segments.measure(m.body).encoding,
                    "num_segments": int(m.num_segments),
                    "price_e5": round(-float(m.price) * 1e5) if m.price else None,
                }
            )
        frame = pd.DataFrame(rows).astype({"error_code": "Int64", "price_e5": "Int64"})
        return Log(frame, Certificate("a data frame", rows=len(rows)))

    def review(self) -> msvc.Review:
        """The review."""
        return msvc.review_a2p(self.conn, self.log(), numbers_csv=self._csv())


def clean(account: Account) -> None:
    """A standard brand, one service, two numbers, traffic that is delivered."""
    account.send(20, messaging_service_sid=account.campaign(account.number(), account.number()))


def clean_two_services(account: Account) -> None:
    """Two services with a brand and a campaign each."""
    account.campaign()
    account.campaign(us_app_to_person_usecase="CUSTOMER_CARE")


def clean_sole_proprietor(account: Account) -> None:
    """A person with one number."""
    account.person(account.number())


def clean_toll_free(account: Account) -> None:
    """A verified toll-free number and nothing else."""
    number = account.number(888)
    sid = account.service(number)
    account.verify(number)
    account.send(5, messaging_service_sid=sid)


def clean_elsewhere(account: Account) -> None:
    """A campaign that another provider filed."""
    account.box.register_campaign(account.service(account.number()), external=True)


def abroad(account: Account) -> None:
    """Senders of other countries only."""
    account.service(BRITISH)


def clean_reported(account: Account) -> None:
    """The number-status report says that all is well."""
    number = account.number()
    account.campaign(number)
    account.report(number, "Registered")


def trial(account: Account) -> None:
    """A trial account."""
    account.campaign()
    with account.box.api.store.writing():
        account.box.api.store.execute("UPDATE account SET type = 'Trial'")


def profile_rejected(account: Account) -> None:
    """A customer profile that was rejected."""
    account.campaign(brand={"profile_status": "twilio-rejected"})


def profile_draft(account: Account) -> None:
    """A customer profile that was never submitted."""
    account.campaign(brand={"profile_status": "draft"})


def profile_ends(account: Account) -> None:
    """A customer profile that ends in nine days."""
    account.campaign(brand={"valid_until": account.box.now + timedelta(days=9)})


def no_brand(account: Account) -> None:
    """A number in a service, and no brand."""
    account.service(account.number())


def mock_brand(account: Account) -> None:
    """Nothing but a mock brand."""
    account.campaign(brand={"mock": True})


def brand_unverified(account: Account) -> None:
    """A brand whose identity is not verified."""
    account.campaign(brand={"identity_status": "UNVERIFIED"})


def brand_failed(account: Account) -> None:
    """A brand whose tax number does not fit its name."""
    account.service(account.number())
    account.box.register_brand(status="FAILED", errors={30795: "business_registration_number"})


def brand_suspended(account: Account) -> None:
    """A suspended brand with a campaign."""
    account.campaign(brand={"status": "SUSPENDED"})


def brand_stuck(account: Account) -> None:
    """A brand in review for three weeks."""
    account.service(account.number())
    account.box.register_brand(status="IN_REVIEW")
    account.box.advance(20 * 86_400)


def two_campaigns_of_a_person(account: Account) -> None:
    """A sole proprietor with two campaigns."""
    account.person(account.number(), brand_sid=account.person(account.number()))


def no_campaign(account: Account) -> None:
    """A second service without a campaign."""
    account.campaign()
    account.service(account.number())


def refused_by_reviewers(account: Account) -> None:
    """A campaign that reviewers refused."""
    account.campaign(status="FAILED", errors={30909: "MESSAGE_FLOW"})


def suspended(account: Account) -> None:
    """A suspended campaign."""
    account.campaign(status="SUSPENDED")


def waiting_for_long(account: Account) -> None:
    """A campaign in review for forty days."""
    account.campaign(status="IN_PROGRESS")
    account.box.advance(40 * 86_400)


def shortener(account: Account) -> None:
    """A campaign just filed, with a public shortener in a sample."""
    account.campaign(
        status="PENDING",
        has_embedded_links=True,
        message_samples=[
            "Acme Deli: track your order at https://bit.ly/3xyz. Reply STOP to opt out.",
            "Acme Deli: your order is on its way. Reply STOP to opt out.",
        ],
    )


def no_way_to_agree(account: Account) -> None:
    """A campaign just filed whose flow names no way to agree."""
    flow = "Acme Deli has the numbers of its customers on file and writes to them now and then."
    account.campaign(status="PENDING", message_flow=flow)


def outside_the_pool(account: Account) -> None:
    """A number that sends by itself, in no pool."""
    account.campaign()
    number = account.number()
    account.box.own(number)
    account.send(12, from_=number)


def unknown_to_carriers(account: Account) -> None:
    """A number the report calls unregistered."""
    numbers = account.number(), account.number()
    account.campaign(*numbers)
    for number, state in zip(numbers, ("REGISTERED", "UNREGISTERED"), strict=True):
        account.report(number, state)


def second_number_of_a_person(account: Account) -> None:
    """A sole proprietor with two numbers."""
    account.person(account.number(), account.number())


def toll_free_rejected(account: Account) -> None:
    """A toll-free number whose verification was rejected."""
    number = account.number(888)
    account.service(number)
    account.verify(number, additional_information="30446")


def toll_free_forgotten(account: Account) -> None:
    """A toll-free number in a pool, never verified."""
    account.campaign()
    account.service(account.number(888))


def idle_campaign(account: Account) -> None:
    """A campaign without a number."""
    account.campaign()
    account.box.register_campaign(account.service())


def filtered(account: Account) -> None:
    """A sender whom carriers filter."""
    account.send(100, messaging_service_sid=account.campaign(standing="filtered"))


def still_on_the_list(account: Account) -> None:
    """Somebody who said STOP and is still written to."""
    number = account.number()
    sid = account.campaign(number)
    account.box.receive(PEOPLE[0], number, "STOP")
    account.send(3, messaging_service_sid=sid)


@dataclass(frozen=True)
class Plant:
    """An account and what is wrong with it: blockers that follow from no other, and warnings."""

    build: Callable[[Account], None]
    verdict: str
    blockers: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()


def plant(build: Callable[[Account], None], verdict: str, blockers: str = "", warnings: str = "") -> Plant:
    """Ids are written as words."""
    return Plant(build, verdict, frozenset(blockers.split()), frozenset(warnings.split()))


PLANTS = (
    plant(clean, "ready"),
    plant(clean_two_services, "ready"),
    plant(clean_sole_proprietor, "ready"),
    plant(clean_toll_free, "ready"),
    plant(clean_elsewhere, "ready"),
    plant(clean_reported, "ready"),
    plant(abroad, "not needed"),
    plant(trial, "not ready", "A1"),
    plant(profile_rejected, "not ready", "A2"),
    plant(profile_draft, "at risk", "", "A2"),
    plant(profile_ends, "at risk", "", "A2"),
    plant(no_brand, "not ready", "B1"),
    plant(mock_brand, "not ready", "B1"),
    plant(brand_unverified, "not ready", "B2"),
    plant(brand_failed, "not ready", "B3"),
    plant(brand_suspended, "not ready", "B3"),
    plant(brand_stuck, "not ready", "B1", "B3"),
    plant(two_campaigns_of_a_person, "not ready", "B5"),
    plant(no_campaign, "not ready", "C1"),
    plant(refused_by_reviewers, "not ready", "C3"),
    plant(suspended, "not ready", "C2"),
    plant(waiting_for_long, "not ready", "S2", "C2"),
    plant(shortener, "not ready", "T3 S2"),
    plant(no_way_to_agree, "not ready", "T5 S2"),
    plant(outside_the_pool, "not ready", "S1"),
    plant(unknown_to_carriers, "not ready", "S3"),
    plant(second_number_of_a_person, "not ready", "S4"),
    plant(toll_free_rejected, "not ready", "S5"),
    plant(toll_free_forgotten, "not ready", "S5"),
    plant(idle_campaign, "at risk", "", "S6"),
    plant(filtered, "at risk", "", "L3"),
    plant(still_on_the_list, "at risk", "", "L5"),
)
ALONE = (clean, abroad, no_brand, mock_brand, brand_failed, brand_stuck, waiting_for_long)
"""What is about all of an account, or moves its clock, and would change what others planted."""
TOGETHER = [planted for planted in PLANTS if planted.build not in ALONE and planted.verdict != "ready"]
ACCOUNTS = int(os.environ.get("MSVC_ACCOUNTS", "30"))
each_plant = pytest.mark.parametrize("planted", PLANTS, ids=[p.build.__name__ for p in PLANTS])


@pytest.fixture
def account(tmp_path):
    """An empty account to fill."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual", seed=7)
    yield Account(conn, tmp_path)
    conn.sandbox.api.store.close()


def found(review: msvc.Review, severity: str) -> set[str]:
    """The ids of findings that follow from no other."""
    return {f.check.id for f in review.judgement.findings if f.severity == severity and not f.because}


@pytest.mark.slow
@each_plant
def test_planted_faults_are_found(account, planted):
    """Every planted fault is found by its check's id, no other blocker is raised, and the verdict follows from them."""
    planted.build(account)
    review = account.review()

    assert found(review, "blocker") == planted.blockers
    assert found(review, "warning") >= planted.warnings
    assert review.verdict == planted.verdict
    assert bool(review.order_of_fixes) == bool(planted.blockers | planted.warnings)


@pytest.mark.slow
@each_plant
def test_a_follower_names_its_cause(account, planted):
    """A finding that follows from another names it, and is not in the order of fixes."""
    planted.build(account)
    review = account.review()
    ids = {finding.check.id for finding in review.judgement.findings}

    assert all(set(finding.because) <= ids for finding in review.judgement.findings)
    assert all(not finding.because for fix in review.order_of_fixes for finding in fix.findings)


@pytest.mark.slow
def test_the_confusion_table(tmp_path, capsys):
    """In accounts that each have several faults at once nothing planted is missed and no blocker is false.

    Each account holds a few of the faults above, drawn by its seed, or none; the table is printed.
    """
    tables = {name: Counter() for name in ("planted", "found", "missed", "false")}
    without = 0
    for seed in range(ACCOUNTS):
        conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual", seed=seed)
        account, drawn = Account(conn, tmp_path), random.Random(seed)  # noqa: S311 - for the same accounts on every run
        chosen = drawn.sample(TOGETHER, seed % 5) or [PLANTS[0]]
        for planted in chosen:
            planted.build(account)
        review = account.review()
        conn.sandbox.api.store.close()
        blockers = frozenset().union(*(planted.blockers for planted in chosen))
        wanted = blockers.union(*(planted.warnings for planted in chosen))
        reported = {severity: found(review, severity) for severity in ("blocker", "warning")}
        tables["planted"].update(wanted)
        tables["found"].update(wanted & (reported["blocker"] | reported["warning"]))
        tables["missed"].update((blockers - reported["blocker"]) | (wanted - blockers - reported["warning"]))
        tables["false"].update(reported["blocker"] - blockers)
        without += not wanted
        assert review.verdict == ("not ready" if blockers else "at risk" if wanted else "ready")
    heads = "".join(map("{:>9}".format, tables))
    lines = [f"{ACCOUNTS} accounts, {without} of them without a fault", f"check{heads}"]
    lines += [
        f"{check:<5}" + "".join(f"{table[check]:>9}" for table in tables.values())
        for check in sorted(tables["planted"] | tables["false"])
    ]
    with capsys.disabled():
        print("\n\n" + "\n".join(lines))  # noqa: T201 - the table is what somebody wants to see

    assert sum(tables["planted"].values()) == sum(tables["found"].values()) >= 40
    assert (tables["missed"], tables["false"]) == (Counter(), Counter())
    assert without >= 4
