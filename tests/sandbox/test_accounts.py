"""Subaccounts, through the official SDK: their own credentials, their parent's reach, and their end."""

from twilio.rest import Client

from account import refusal


def sub(account, name="Shop"):
    """A new subaccount."""
    account.advance(1)
    return account.client.api.v2010.accounts.create(friendly_name=name)


def acting_as(account, made):
    """The SDK with a subaccount's own credentials, on the same way in."""
    client = Client(made.sid, made.auth_token, http_client=account.client.http_client, environment={})
    client.api.base_url, client.messaging.base_url = account.client.api.base_url, account.client.messaging.base_url
    return client


def test_a_subaccount_belongs_to_its_parent(account):
    """It is active, of the parent's type, has a token of its own, and a name if none was given."""
    made, unnamed = sub(account), account.client.api.v2010.accounts.create()

    assert (made.friendly_name, made.status, made.type) == ("Shop", "active", "Full")
    assert made.owner_account_sid == account.handle.account_sid != made.sid
    assert made.auth_token not in (account.handle.credentials()[1], unnamed.auth_token)
    assert unnamed.friendly_name == "SubAccount Created at 2026-01-05 03:00 PM"


def test_accounts_are_listed_with_their_parent_first(account):
    """All of them, by name or status; a subaccount sees itself alone."""
    one, two = sub(account, "One"), sub(account, "Two")
    two.update(status="suspended")
    accounts = account.client.api.v2010.accounts

    assert [row.sid for row in accounts.list(page_size=1)] == [account.handle.account_sid, one.sid, two.sid]
    assert [row.sid for row in accounts.list(friendly_name="One")] == [one.sid]
    assert [row.sid for row in accounts.list(status="suspended")] == [two.sid]
    assert [row.sid for row in acting_as(account, one).api.v2010.accounts.list()] == [one.sid]


def test_a_subaccount_has_its_own_services_and_numbers(account):
    """What it makes with its own credentials is its own, and its parent's product API does not show it."""
    client = acting_as(account, sub(account))
    service = client.messaging.v1.services.create("Theirs")
    bought = client.incoming_phone_numbers.create(area_code="646")
    client.messaging.v1.services(service.sid).phone_numbers.create(bought.sid)

    sent = client.messages.create(to="+14155550123", messaging_service_sid=service.sid, body="Hi")
    account.advance(10)

    assert (sent.fetch().status, sent.fetch().from_) == ("delivered", bought.phone_number)
    assert sent.account_sid == client.username
    assert account.client.messaging.v1.services.list() == []
    assert refusal(account.client.messaging.v1.services(service.sid).fetch).code == 20404
    assert account.client.messages.list() == []


def test_a_parent_acts_on_a_subaccount_by_its_path(account):
    """It buys and sends for it; the subaccount sees both."""
    made = sub(account)
    theirs = account.client.api.v2010.accounts(made.sid)

    bought = theirs.incoming_phone_numbers.create(area_code="646")
    sent = theirs.messages.create(to="+14155550123", from_=bought.phone_number, body="Hi")
    client = acting_as(account, made)

    assert [number.sid for number in client.incoming_phone_numbers.list()] == [bought.sid]
    assert [message.sid for message in client.messages.list()] == [sent.sid]
    assert bought.sid not in {number.sid for number in account.client.incoming_phone_numbers.list()}


def test_a_subaccount_reaches_neither_parent_nor_sibling(account):
    """401 / 20003, 404 for the accounts themselves, and no subaccounts of its own."""
    one, two = sub(account, "One"), sub(account, "Two")
    client = acting_as(account, one)

    for other in (account.handle.account_sid, two.sid):
        refused = refusal(lambda sid=other: client.api.v2010.accounts(sid).messages("SM" + "0" * 32).fetch())
        assert (refused.status, refused.code) == (401, 20003)
        assert refusal(client.api.v2010.accounts(other).fetch).code == 20404
    refused = refusal(client.api.v2010.accounts.create)
    assert (refused.status, refused.code) == (403, 20403)


def test_a_suspended_subaccount_rests_until_it_is_active_again(account):
    """Its own credentials get 20005; its parent can read it and turn it on, and gets 20403 for all else."""
    made = sub(account)
    client, theirs = acting_as(account, made), account.client.api.v2010.accounts(made.sid)
    theirs.update(status="suspended")

    own = refusal(lambda: client.messaging.v1.services.create("x"))
    parents = refusal(lambda: theirs.incoming_phone_numbers.create(area_code="646"))
    found = theirs.fetch().status
    assert theirs.incoming_phone_numbers.list() == []
    theirs.update(status="active")

    assert (own.status, own.code, parents.status, parents.code) == (401, 20005, 403, 20403)
    assert (found, client.messaging.v1.services.create("x").friendly_name) == ("suspended", "x")


def test_a_closed_subaccount_stays_closed_and_its_numbers_are_free(account):
    """It cannot be opened again; what it had can be bought, and what it sent can still be read."""
    made = sub(account)
    theirs = account.client.api.v2010.accounts(made.sid)
    bought = theirs.incoming_phone_numbers.create(area_code="646")
    sent = theirs.messages.create(to="+14155550123", from_=bought.phone_number, body="Hi")

    closed = theirs.update(status="closed")

    assert closed.status == "closed"
    assert [message.sid for message in theirs.messages.list()] == [sent.sid]
    assert refusal(lambda: theirs.update(status="active")).code == 20001
    assert account.client.incoming_phone_numbers.create(phone_number=bought.phone_number).sid != bought.sid


def test_the_main_account_is_not_closed_from_here(account):
    """Its status is not its own to change; its name is."""
    own = account.client.api.v2010.accounts(account.handle.account_sid)

    assert refusal(lambda: own.update(status="closed")).code == 20001
    assert own.update(friendly_name="Renamed").friendly_name == "Renamed"
    assert own.fetch().status == "active"
