"""The ribbon of the forms: what is armed on a live account, how much of it is left, and until when."""

import re

import msvc_toolkit as msvc
from forms import click, words

TO = "+447400555123"


def test_every_form_shows_what_is_armed_as_it_changes(live):
    """Each form that is open follows arming, a message that another form sends, and disarming; none has to be touched."""
    live.arm()
    sid = msvc.create_service(live, friendly_name="Orders").sid
    msvc.add_senders(live, sid, [live.client.incoming_phone_numbers.list()[0].phone_number], move=True)
    live.disarm()
    sending = msvc.BlastForm(live, sid, table=TO, body="Hi")
    forms = [sending, msvc.SendForm(live, sid), msvc.ServiceForm(live), msvc.SendPlanForm(live)]
    forms += [msvc.InboundForm(live, sid), msvc.SenderPoolForm(live, sid), msvc.CampaignForm(live, sid)]
    forms += [msvc.ReadinessBoard(live), msvc.Onboarding(live), msvc.Onboarding(live, here=2)]

    def ribbons():
        return {re.search(r"LIVE (.*?)(?: UTC|\))", words(form.heading.value))[1] for form in forms}

    assert ribbons() == {"Read only until conn.arm(..."}
    live.arm(max_messages=3, allow_to=[TO], max_spend=1, segment_price=0.01, minutes=30)
    [shown] = ribbons()
    assert re.fullmatch(r"Writes are armed: 3 messages left, 1\.00 USD left, until \d\d:\d\d", shown)
    assert "conn.arm" not in words(sending.missing.value)
    assert "1 message sent" in words(click(sending))
    assert ribbons() == {shown.replace("3 messages left, 1.00", "2 messages left, 0.99")}
    live.disarm()
    assert ribbons() == {"Read only until conn.arm(..."}
