"""`review_subaccounts`: an owner and the accounts of its customers in one table."""

import json
import re
import subprocess
import sys

import pytest
import requests
from twilio.rest import Client

import msvc_toolkit as msvc


@pytest.fixture(scope="module")
def agency(tmp_path_factory):
    """An owner with a customer who sends, one who never did, and one whose account is suspended; and their review."""
    conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
    names = ("Corner Cafe", "Bank", "Old Shop")
    made = {name: conn.client.api.accounts.create(friendly_name=name) for name in names}
    made["Old Shop"].update(status="suspended")
    cafe = {account.friendly_name: account for account in msvc.list_subaccounts(conn)}["Corner Cafe"].conn
    offered = cafe.client.available_phone_numbers("US").local.list(limit=1)[0].phone_number
    number = cafe.client.incoming_phone_numbers.create(phone_number=offered).phone_number
    service = msvc.create_service(cafe, friendly_name="Orders")
    msvc.add_senders(cafe, service.sid, [number])
    conn.sandbox.handset("+14155550120", "off")
    for last in range(6):
        msvc.send(cafe, to=f"+1415555012{last}", body="Your table is free.", messaging_service_sid=service.sid)
    conn.sandbox.advance(60)
    folder = tmp_path_factory.mktemp("agency")
    return conn, made, folder, msvc.review_subaccounts(conn, folder)


def test_each_account_has_one_row_with_its_own_figures(agency):
    """Messages, failures and money of a customer are those that its own list of messages has."""
    conn, made, _, review = agency
    rows = review.table.set_index("account")

    assert set(rows.index) == {"Sandbox account", "Corner Cafe", "Bank", "Old Shop"}
    for name, account in made.items():
        sent = conn.client.api.accounts(account.sid).messages.list()
        assert rows.at[name, "messages"] == len(sent)
        assert rows.at[name, "failed"] == sum(message.status in ("failed", "undelivered") for message in sent)
        paid = sum(-float(message.price) for message in sent if message.price)
        assert paid == pytest.approx(0 if len(sent) == 0 else rows.at[name, "cost"])
    assert rows.at["Corner Cafe", "messages"] == 6
    assert rows.at["Corner Cafe", "failed"] == 1


def test_services_and_registrations_are_those_of_the_customer(agency):
    """A review of a subaccount finds the subaccount's service, not the owner's."""
    _, made, _, review = agency
    services = review.reviews[made["Corner Cafe"].sid].services

    assert services["service"].tolist() == ["Orders"]
    row = review.table.set_index("account").loc["Corner Cafe"]
    assert (row["a2p"], row["findings"]) == ("not ready", 0)
    assert row["worst"] == services["why"].iloc[0].partition(": ")[2].split(". ")[0].rstrip(".") + "."


def test_an_account_that_cannot_be_read_says_why(agency):
    """A suspended account has a note, and the others are read."""
    _, made, _, review = agency
    rows = review.table.set_index("account")

    assert "suspended" in rows.at["Old Shop", "note"]
    assert made["Old Shop"].sid not in review.logs
    assert rows["note"].tolist().count("") == 3


def test_no_token_is_shown_or_kept(agency):
    """Neither the accounts, the review, its page nor any file holds an auth token; numbers on the page are masked."""
    conn, made, folder, review = agency
    page = review.to_html(folder / "page.html").read_text("utf-8")
    shown = [repr(msvc.list_subaccounts(conn)), repr(review), review._repr_html_(), page]
    kept = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]

    assert "Corner Cafe" in page
    assert all("SANDBOX" in text and "Messages from" in text for text in shown[2:])
    assert len(kept) > 3
    for account in made.values():
        assert not any(account.auth_token in text for text in shown)
        assert not any(account.auth_token.encode() in data for data in kept)
    assert not re.search(r"\+1\d{10}", page)


def test_a_subaccount_alone_is_a_table_of_one(agency, tmp_path):
    """Twilio shows a subaccount itself only; its table has one row."""
    conn, made, _, _ = agency
    mine = {one.sid: one.conn for one in msvc.list_subaccounts(conn)}[made["Bank"].sid]

    assert msvc.review_subaccounts(mine, tmp_path).table["account"].tolist() == ["Bank"]


@pytest.mark.slow
def test_a_live_account_is_only_read(tmp_path, monkeypatch):
    """Each subaccount is read with its own credentials, and the server that plays Twilio sees reads alone."""
    serve = [
        sys.executable,
        *"-m msvc_toolkit sandbox serve --json --proxy --store".split(),
        str(tmp_path / "twilio.db"),
    ]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        try:
            cafe, review, asked = _read_live(json.loads(server.stdout.readline()), tmp_path / "logs", monkeypatch)
        finally:
            server.terminate()
    assert review.table["account_sid"].tolist()[-1] == cafe
    assert len(asked) > 10
    assert [method for method in asked if method != "GET"] == ["POST"]  # it made the subaccount


def _read_live(twilio, folder, monkeypatch):
    """Give the account a subaccount, review both as live ones, and try a write that was not armed."""
    other = Client(twilio["account_sid"], twilio["auth_token"])
    other.api.base_url = twilio["url"]
    cafe = other.api.accounts.create(friendly_name="Corner Cafe").sid
    variables = {"HTTPS_PROXY": "proxy_url", "REQUESTS_CA_BUNDLE": "ca_file"}
    variables |= {"TWILIO_ACCOUNT_SID": "account_sid", "TWILIO_AUTH_TOKEN": "auth_token"}
    for variable, name in variables.items():
        monkeypatch.setenv(variable, twilio[name])
    conn = msvc.connect("live")
    review = msvc.review_subaccounts(conn, folder)
    with pytest.raises(msvc.WritesNotArmed):
        msvc.create_service(msvc.list_subaccounts(conn)[1].conn, friendly_name="Orders")
    journal = requests.get(f"{twilio['url']}/_sandbox/journal", timeout=10).json()["entries"]
    return cafe, review, [entry["method"] for entry in journal if entry["kind"] == "request"]
