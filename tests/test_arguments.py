"""How the functions of the toolkit are called: drafts or fields, one name for one thing, and the earlier names too."""

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.private.arguments import also_called, reporting

TO = "+16285550123"
SENDERS = ["+14155550100", "+14155550101"]


@pytest.fixture
def conn():
    """A sandbox whose clock moves only by `advance`."""
    conn = msvc.connect("sandbox", store=":memory:", clock="manual")
    yield conn
    conn.sandbox.api.store.close()


@pytest.fixture
def service(conn):
    """A service with two senders."""
    made = msvc.create_service(conn, friendly_name="Orders")
    msvc.add_senders(conn, made.sid, SENDERS)
    return made


def test_fields_make_the_same_as_a_draft(conn):
    """A service, its inbound handling and a message can be given by fields or by a draft, and come out the same."""
    by_draft = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders", sticky_sender=False))
    by_fields = msvc.create_service(conn, friendly_name="Orders", sticky_sender=False)
    assert by_fields.settings == by_draft.settings

    by_draft = msvc.set_inbound(conn, by_draft.sid, msvc.InboundDraft(mode="defer"))
    by_fields = msvc.set_inbound(conn, by_fields.sid, mode="defer")
    assert by_fields.settings == by_draft.settings

    assert msvc.update_service(conn, by_fields.sid, friendly_name="Offers").friendly_name == "Offers"

    msvc.add_senders(conn, by_fields.sid, SENDERS)
    sent = msvc.send(conn, to=TO, body="Hi", messaging_service_sid=by_fields.sid)
    again = msvc.send(conn, msvc.MessageDraft(to=TO, body="Hi", messaging_service_sid=by_fields.sid))
    assert (sent.to, sent.body, sent.messaging_service_sid) == (again.to, again.body, again.messaging_service_sid)


def test_a_draft_and_fields_are_refused(conn):
    """A draft together with fields, or a field that does not exist, is an error before anything is sent."""
    with pytest.raises(TypeError, match="not both: usecase"):
        msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"), usecase="marketing")
    with pytest.raises(TypeError, match="name"):
        msvc.create_service(conn, name="Orders")
    assert msvc.list_services(conn) == []


def test_a_service_goes_by_service_sid_and_by_sid(conn, service):
    """Every function that is about a service takes `service_sid=`, and `sid=` as before."""
    for name in ("service_sid", "sid"):
        about = {name: service.sid}
        assert msvc.fetch_service(conn, **about) == service
        assert len(msvc.list_senders(conn, **about)) == 2
        assert msvc.progress(conn, **about).service == service
        assert msvc.try_arrival(conn, **about).sentence
        assert msvc.set_inbound(conn, **about, draft=msvc.InboundDraft("defer")).sid == service.sid
        msvc.remove_senders(conn, **about, senders=SENDERS)
        assert msvc.add_senders(conn, **about, senders=SENDERS)["outcome"].tolist() == ["added", "added"]
        assert msvc.update_service(conn, **about, draft=msvc.ServiceDraft(friendly_name=name)).friendly_name == name
        service = msvc.fetch_service(conn, service.sid)
    msvc.delete_service(conn, sid=service.sid)
    assert msvc.list_services(conn) == []


@pytest.mark.parametrize(
    "form", [msvc.Onboarding, msvc.ServiceForm, msvc.InboundForm, msvc.SenderPoolForm, msvc.SendForm]
)
def test_a_form_goes_by_service_sid_and_by_sid(conn, service, form):
    """Every form on a service takes `service_sid=`, and `sid=` as before; both show the same."""
    titles = [form(conn, **{name: service.sid})._repr_mimebundle_()["text/plain"] for name in ("service_sid", "sid")]
    assert titles[0] == titles[1]


def test_a_campaign_can_be_given_by_fields(conn, service):
    """A campaign by fields is refused for the same texts as one by a draft, before anything is sent."""
    conn.sandbox.register_brand()
    texts = {"description": "Codes.", "message_samples": ("Sale! bit.ly/x1",)}
    with pytest.raises(msvc.InvalidInput) as by_fields:
        msvc.create_campaign(conn, service.sid, **texts)
    with pytest.raises(msvc.InvalidInput) as by_draft:
        msvc.create_campaign(conn, service.sid, msvc.CampaignDraft(**texts))
    assert str(by_fields.value) == str(by_draft.value)


def test_waiting_takes_a_timeout_and_seconds(conn, service):
    """What waits takes `timeout=`, and `seconds=` as before."""
    for wait in ({"timeout": 0}, {"seconds": 0}):
        sent = msvc.send(conn, to=TO, body=str(wait), messaging_service_sid=service.sid)
        assert not msvc.wait_until_final(conn, sent.sid, **wait).final
        assert len(list(msvc.watch(conn, sent.sid, **wait))) == 1


@pytest.mark.parametrize("name", ["cancelled", "stopped"])
def test_what_may_be_cancelled_is_asked_by_both_names(conn, service, name, tmp_path):
    """`cancelled=` stops every long function, and so does `stopped=`."""
    stop = {name: lambda: True}
    assert msvc.remove_senders(conn, service.sid, SENDERS, **stop)["outcome"].tolist() == ["not tried"] * 2
    assert msvc.add_senders(conn, service.sid, ["ACME"], **stop)["outcome"].tolist() == ["not tried"]
    sent = msvc.send(conn, to=TO, body="Hi", messaging_service_sid=service.sid)
    assert list(msvc.watch(conn, sent.sid, **stop)) == []
    assert msvc.review_a2p(conn, **stop).verdict == "not examined"
    conn.sandbox.advance(60)
    asked = []
    msvc.pull_logs(conn, tmp_path / "log", **{name: lambda: bool(asked.append(1))})
    assert asked


def test_a_callback_hears_a_sentence_or_two_numbers(conn, service, tmp_path):
    """`progress=` is called with done, of and a sentence; one that takes two numbers hears those."""
    msvc.send(conn, to=TO, body="Hi", messaging_service_sid=service.sid)
    conn.sandbox.advance(60)
    three: list[tuple[int, int, str]] = []
    two: list[tuple[int, int]] = []
    for heard, progress in (
        (three, lambda done, of, sentence: three.append((done, of, sentence))),
        (two, lambda done, of: two.append((done, of))),
    ):
        for act in (
            lambda: msvc.remove_senders(conn, service.sid, SENDERS, progress=progress),  # noqa: B023 - called at once
            lambda: msvc.add_senders(conn, service.sid, SENDERS, progress=progress),  # noqa: B023 - as above
            lambda: msvc.review_a2p(conn, progress=progress),  # noqa: B023 - as above
            lambda: msvc.pull_logs(conn, tmp_path / str(id(heard)), progress=progress),  # noqa: B023 - as above
        ):
            before = len(heard)
            act()
            assert len(heard) > before
    assert all(sentence.endswith(".") for _, _, sentence in three)
    assert not [sentence for _, _, sentence in three for number in SENDERS if number in sentence]


def test_any_callable_is_a_callback():
    """A callback with optional arguments, or one of whom no signature is known, hears the sentence."""
    heard: list[tuple[object, ...]] = []
    reporting(lambda *given: heard.append(given))(1, 2, "Half.")
    reporting(lambda done, of, sentence="": heard.append((done, of, sentence)))(1, 2, "Half.")
    reporting(None)(1, 2, "Nobody hears this.")

    assert heard == [(1, 2, "Half.")] * 2


def test_one_argument_by_two_names_is_refused():
    """An argument that is given by its name and by its earlier name is an error that names both."""

    @also_called(seconds="timeout")
    def wait(timeout: float = 1) -> float:
        return timeout

    assert (wait(), wait(2), wait(timeout=3), wait(seconds=4)) == (1, 2, 3, 4)
    with pytest.raises(TypeError, match="timeout twice: seconds"):
        wait(timeout=1, seconds=2)


def test_listed_senders_can_be_added(conn, service):
    """The table that lists senders feeds the functions that add and remove them."""
    pool = msvc.list_senders(conn, service.sid)
    assert set(pool["sender"]) == set(SENDERS)

    msvc.remove_senders(conn, service.sid, pool["sender"])
    assert len(msvc.list_senders(conn, service.sid)) == 0
    free = msvc.list_senders(conn)
    wanted = free[free["sender"].isin(SENDERS)]
    assert msvc.add_senders(conn, service.sid, wanted["sender"])["outcome"].tolist() == ["added", "added"]


def test_a_table_of_senders_shows_no_whole_number(conn):
    """Printed or drawn, the table, its columns and what is selected of it hide the middle of every number."""
    conn.sandbox.own("+14155550177", friendly_name="4155550177")
    conn.sandbox.own("+447400123457", friendly_name="Call (415) 555-0177")
    table = msvc.list_senders(conn)
    whole = [text.lstrip("+") for text in table["sender"] if text.startswith("+")]
    assert len(whole) > 2

    shown = [
        repr(part) + (part._repr_html_() if hasattr(part, "_repr_html_") else "")
        for part in (
            table,
            table["sender"],
            table.iloc[0],
            table[table["kind"] == "local"],
            table.set_index("sender"),
            table.sort_values("sender").head(),
            table.drop(columns="sid"),
            table.assign(twice=table["sender"]),
            table.merge(table[["sid", "kind"]], on="sid"),
        )
    ]
    assert "•••" in shown[0]
    assert [text for text in shown for number in whole if number in text or number[1:] in text] == []


def test_masking_has_one_switch(conn):
    """`mask=` hides numbers in the data or shows them everywhere, and `masked=` is the same."""
    for name in ("mask", "masked"):
        assert "+1 415 ••• 0100" in msvc.list_senders(conn, **{name: True})["sender"].tolist()
        assert "+14155550100" in repr(msvc.list_senders(conn, **{name: False}))


@pytest.mark.parametrize("name", ["folder", "store"])
def test_a_log_is_kept_in_a_folder_by_both_names(conn, tmp_path, name):
    """Where a log is kept is `folder=`, and `store=` too."""
    kept = {name: tmp_path / "log"}
    pulled = msvc.pull_logs(conn, **kept)
    file = tmp_path / "export.csv"
    file.write_text("Sid,From,To,Status,Direction,DateCreated\n", "utf-8")
    with pytest.raises(msvc.InvalidInput):  # it has no messages, which is found when it is read
        msvc.import_logs(file, **kept)
    assert msvc.open_logs(**kept).certificate.rows == pulled.certificate.rows == 0
