"""What a prediction shows of itself."""

from msvc_toolkit.messages.calls import predict_sender, send
from msvc_toolkit.messages.model import MessageDraft

TO = "+16285550123"


def test_a_prediction_shows_no_whole_number(conn, sid):
    """Its repr names the sender masked; the data has the number whole."""
    draft = MessageDraft(to=TO, body="Hi", messaging_service_sid=sid)
    send(conn, draft)
    found = predict_sender(conn, draft)

    assert found.choice.sender.address.text == "+14155550100"
    assert "+1 415 ••• 0100" in repr(found)
    assert "4155550100" not in repr(found)
    assert "6285550123" not in repr(found)
