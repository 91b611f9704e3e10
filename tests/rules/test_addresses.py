"""Reading, checking and masking addresses."""

import os
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.rules.addresses import Address, alpha_problem, as_written, mask, mask_in, read, recipient_problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1 (415) 555-0123", Address("+14155550123", "local", "US", "415")),
        ("\u202a+1\u00a0415\u00a0555\u20110123\u202c", Address("+14155550123", "local", "US", "415")),
        ("+18005550199", Address("+18005550199", "toll-free", "US")),
        ("+18335550199", Address("+18335550199", "toll-free", "US")),
        ("+14165550123", Address("+14165550123", "local", "CA", "416")),
        ("+19025550123", Address("+19025550123", "local", "CA", "902")),
        ("+17875550123", Address("+17875550123", "local", "PR")),
        ("+16715550123", Address("+16715550123", "local", "GU")),
        ("+13405550123", Address("+13405550123", "local", "VI")),
        ("+18765550123", Address("+18765550123", "mobile", "JM")),
        ("+12423590123", Address("+12423590123", "mobile", "BS")),
        ("+442079460123", Address("+442079460123", "local", "GB")),
        ("+44 (0)20 7946 0123", Address("+442079460123", "local", "GB")),
        ("+447400123456", Address("+447400123456", "mobile", "GB")),
        ("+5511961234567", Address("+5511961234567", "mobile", "BR")),
        ("+77012345678", Address("+77012345678", "mobile", "KZ")),
        ("+80012345678", Address("+80012345678", "toll-free")),
    ],
)
def test_a_number_is_put_into_e164_and_classified_by_its_numbering_plan(text: str, expected: Address) -> None:
    """However it is typed, a number comes out canonical; numbers with +1 are assigned to their countries."""
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(415) 555-0123",
        "415-555-0123",
        "415.555.0123",
        "415/555-0123",
        "4155550123",
        "1 415 555 0123",
        "1 (415) 555-0123",
        "+1 (415) 555-0123",
        "(+1) 415 555 0123",
        "+(1) 415-555-0123",
        "\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        "\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        "415\u00a0555\u00a00123",
        "415\u2013555\u20110123",
        "tel:+1-415-555-0123",
        "TEL: (415) 555-0123",
        "001 415 555 0123",
        "'+14155550123",
        " +14155550123. ",
    ],
)
def test_a_number_is_understood_as_people_write_it(text: str) -> None:
    """Brackets, dots, dashes, tel:, 00 and a missing country code of the US or Canada all lead to the same number."""
    assert as_written(text) == "+14155550123"
    assert as_written(f"whatsapp:{text}") == "whatsapp:+14155550123"


@pytest.mark.parametrize(
    "text", ["00447400123456", "00 44 (0)7400 123456", "+44 (0) 7400-123-456", "011 44 7400 123456"]
)
def test_a_number_abroad_is_understood_as_people_write_it(text: str) -> None:
    """An international prefix in place of the plus, and the 0 that is dialled at home only, are understood."""
    assert as_written(text) == "+447400123456"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "98765 43210",  # ten digits that no number of the US or Canada has
        "07400 123456",
        "555-0123",
        "894546",
        "447400123456",
        "01151234567",
        "ACME",
        "Bob",
        "messenger:1234567890",
        "rcs:acme_agent",
        "telegram:4155550123",
        "+1415555",
        "4155550123 ext 5",
        "4155550123, 2125550177",
    ],
)
def test_no_number_is_guessed_where_there_may_be_another(text: str) -> None:
    """What could be a number of another country, or is no number, stays as it was typed."""
    assert as_written(text) == text


@pytest.mark.parametrize("last", range(1, 10))
def test_test_credential_numbers_are_valid_us_numbers(last: int) -> None:
    """+1 500 555 000x is read as a US number without area code, and is a recipient without fault."""
    text = f"+1500555000{last}"

    assert read(text) == Address(text, "local", "US")
    assert recipient_problem(text) is None


def test_an_area_code_younger_than_the_numbering_library_is_known() -> None:
    """A number in an overlay that is in service but not yet in libphonenumber keeps its country and area code."""
    assert read("+16245550123") == Address("+16245550123", "local", "US", "624")
    assert recipient_problem("+16245550123") is None


def test_a_number_in_no_known_range_is_read_but_warned_about() -> None:
    """A possible number outside every known range is an address; sending to it draws a warning, not a stop."""
    problem = recipient_problem("+14150550123")

    assert read("+14150550123") == Address("+14150550123", "local")
    assert read("+447700900123") == Address("+447700900123", "local", "GB")
    assert problem
    assert not problem.blocks


@pytest.mark.parametrize("text", ["123", "22395", "222222", "12345678"])
def test_short_codes_are_read(text: str) -> None:
    """Three to eight digits are a short code; its country is what the caller says."""
    assert read(text) == Address(text, "short code")
    assert read(text, "US") == Address(text, "short code", "US")


@pytest.mark.parametrize("text", ["ACME", "ACME Shop", "A-1 +_&", "4everyoung", "MyCompany12"])
def test_sender_ids_are_read_and_usable(text: str) -> None:
    """What Twilio takes as a sender ID is read as one, unmasked."""
    assert read(text) == Address(text, "alphanumeric")
    assert alpha_problem(text) is None
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WhatsApp:+1 415 555 0123", None),
        ("WhatsApp:+14155550123", Address("whatsapp:+14155550123", "channel", "US", channel="whatsapp")),
        ("whatsapp:+442079460123", Address("whatsapp:+442079460123", "channel", "GB", channel="whatsapp")),
        ("rcs:+14165550123", Address("rcs:+14165550123", "channel", "CA", channel="rcs")),
        ("rcs:acme_agent", Address("rcs:acme_agent", "channel", channel="rcs")),
        ("messenger:1234567890", Address("messenger:1234567890", "channel", channel="messenger")),
        ("whatsapp:ACME", None),
        ("telegram:+14155550123", None),
    ],
)
def test_channel_addresses_are_read(text: str, expected: Address | None) -> None:
    """A channel address keeps its channel and the country of its number; what is no channel address is nothing."""
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "  ", "4155550123", "0791112345", "+1415", "+999123456", "+1 415 555 0123 ext 5", "12", "a" * 12, "Café"],
)
def test_what_is_no_address_is_not_read(text: str) -> None:
    """No address is guessed from a text that is none."""
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Nobody to send to yet"),
        ("4155550123", "Put +1 in front"),
        ("14155550123", "Put + in front"),
        ("442079460123", "Put + in front"),
        ("00442079460123", "leading 00"),
        ("02079460123", "leading 0"),
        ("22395", "short code"),
        ("5550123", "country code is missing"),
        ("ACME", "letters"),
        ("+1 800 FLOWERS", "letters"),
        ("+1415055012", "too few digits"),
        ("+4479111234567890", "too many digits"),
        ("+41", "Digits are missing"),
        ("+999123456", "calling code"),
        ("+19005550123", "premium"),
        ("#415", "+ and digits only"),
        ("telegram:+14155550123", "whatsapp:, messenger: or rcs:"),
        ("whatsapp: +14155550123", "no space"),
        ("whatsapp:4155550123", "Put +1 in front"),
        ("(415) 555-0123", "Put +1 in front"),
        ("(0)7400 123456", "leading 0"),
        ("+14155550123, +12125550177", "several numbers"),
        ("+14155550123 or 212-555-0177", "several numbers"),
        ("4155550123 2125550177", "several numbers"),
        ("415-555-0123/212-555-0177", "several numbers"),
        ("(415) 555-0123 (212) 555-0177", "several numbers"),
    ],
)
def test_a_bad_recipient_is_told_what_is_wrong(text: str, says: str) -> None:
    """Each fault stops the act with a sentence that names it, on the field `to`, showing no full number of theirs."""
    problem = recipient_problem(text)

    assert problem
    assert problem.field == "to"
    assert problem.blocks
    assert says in problem.sentence
    assert "+14155550123" not in problem.sentence.replace("such as +14155550123", "").replace("like +14155550123", "")


@pytest.mark.parametrize(
    "text", ["+14155550123", "+1 415-555-0123", "+18005550199", "+442079460123", "whatsapp:+14155550123", "messenger:9"]
)
def test_a_good_recipient_has_no_problem(text: str) -> None:
    """Numbers and channel addresses that can be texted pass."""
    assert recipient_problem(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Enter the name"),
        ("ACME Shop Ltd", "at most 11"),
        ("ACME!", "cannot contain !"),
        ("Café", "cannot contain é"),
        ("12345", "at least one letter"),
        ("+1 415", "at least one letter"),
    ],
)
def test_a_bad_sender_id_is_told_what_is_wrong(text: str, says: str) -> None:
    """Each fault of a sender ID has its sentence."""
    problem = alpha_problem(text)

    assert problem
    assert problem.field == "alpha_sender"
    assert says in problem.sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+14155550123", "+1 415 ••• 0123"),
        ("+1 (415) 555-0123", "+1 415 ••• 0123"),
        ("+18765550123", "+1 876 ••• 0123"),
        ("+442079460123", "+44 ••• 0123"),
        ("+353871234567", "+353 ••• 4567"),
        ("whatsapp:+14155550123", "whatsapp:+1 415 ••• 0123"),
        ("4155550123", "••• 0123"),
        ("22395", "22395"),
        ("rcs:acme_agent", "rcs:acme_agent"),
        ("+1 415 ••• 0123", "+1 415 ••• 0123"),
    ],
)
def test_numbers_are_masked_and_public_names_are_not(text: str, expected: str) -> None:
    """The middle of a number is hidden, its channel kept; short codes and sender IDs stay."""
    assert mask(text) == expected


def test_the_label_is_the_masked_text() -> None:
    """An address shows itself to people masked."""
    found = read("whatsapp:+442079460123")

    assert found
    assert found.label == "whatsapp:+44 ••• 0123"


def test_numbers_inside_a_text_are_masked() -> None:
    """Every number with a plus in a longer text is masked, also URL-encoded and spaced; times and ids are not."""
    text = (
        "The 'To' number +14155550123 (To=%2B442079460123&x=1), whatsapp:+353871234567, +1 (415) 555-0123 "
        "at 2026-11-23 10:00:00 +0000, SM00000000000000000000000000000000"
    )

    assert mask_in(text) == (
        "The 'To' number +1 415 ••• 0123 (To=+44 ••• 0123&x=1), whatsapp:+353 ••• 4567, +1 415 ••• 0123 "
        "at 2026-11-23 10:00:00 +0000, SM00000000000000000000000000000000"
    )


@given(st.integers(2000000000, 9999999999), st.sampled_from(["+1", "+44", "+49", "+353", "+852"]))
def test_a_masked_number_never_shows_more_than_its_ends(number: int, code: str) -> None:
    """Whatever the number, the mask keeps at most the calling code, a +1 area code and the last four digits."""
    text = f"{code}{number}"
    shown = mask(text)

    assert text[-7:] not in shown
    assert sum(char.isdigit() for char in shown) <= (8 if code == "+1" else len(code) + 3)
    assert mask(shown) == shown
    assert mask_in(f"to {text}.") == f"to {shown}."


@given(st.text(max_size=20))
def test_any_text_can_be_read_checked_and_masked(text: str) -> None:
    """No text breaks the module; what is read is canonical, so reading it again gives the same."""
    found = read(text)
    recipient_problem(text)
    alpha_problem(text)
    mask_in(mask(text))

    assert found is None or read(found.text, found.country) == found or found.kind == "short code"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call +1\uff1234567890", "call +1 234 ••• 7890"),
        ("call \uff0b\uff11 415\u00a0555\u202f0123.", "call +1 415 ••• 0123."),
        ("call +\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0662\u0663", "call +1 415 ••• 0123"),
        ("+1\u2011415\u2013555\u22120123", "+1 415 ••• 0123"),
        ("+1 (415)\u3000555\u20140123", "+1 415 ••• 0123"),
        ("\u202a+1\u200b415\u2060555\u00ad0123\u202c", "\u202a+1 415 ••• 0123\u202c"),
        ("To=%2b14155550123&From=%2B442079460123", "To=+1 415 ••• 0123&From=+44 ••• 0123"),
        ("To=%2B1%20415%20555%200123", "To=+1 415 ••• 0123"),
        ("?u=%252B14155550123", "?u=+1 415 ••• 0123"),
        ("+1+4155550123", "+1+41 ••• 0123"),
        ("+1 415 555 0123 4 items", "+1 415 ••• 0123 4 items"),
        ("+442079460123 2 items, 10 people", "+44 ••• 0123 2 items, 10 people"),
        ("(415) 555-0123 or 415.555.0199", "••• 0123 or ••• 0199"),
        ("14155550123, 0044 20 7946 0123", "••• 0123, +44 ••• 0123"),
        ("call 4155550123; Tel: (0)20 7946 0123", "call ••• 0123; Tel: (••• 0123"),
        ("The 'To' number 4155550123 is not valid", "The 'To' number ••• 0123 is not valid"),
    ],
)
def test_numbers_in_a_text_are_masked_however_they_are_written(text: str, expected: str) -> None:
    """Digits, spaces, dashes and plus signs of any script; URL escapes; and without a plus where it is certain."""
    assert mask_in(text) == expected
    assert mask_in(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 10:00:00 +0000",
        "from 2026-01-05 10:00 to 2026-01-06 11:30",
        "Your code is 123456, order 1234567890",
        "1,234,567 of 98,765,432",
        "192.168.100.200:8080",
        "12.50 + 13.75 = 26.25",
        "error 30007, 894546, SM00000000000000000000000000000000",
        "text JOIN to 894546",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_what_is_not_a_phone_number_stays(text: str) -> None:
    """Times, counts, codes, short codes and SIDs are left as they are."""
    assert mask_in(text) == text


_DIGIT = st.characters(categories=["Nd"])
_PIECE = st.one_of(
    st.sampled_from(
        [
            "+",
            "\uff0b",
            "%2B",
            "%2b",
            "00",
            " ",
            "\u00a0",
            "-",
            "\u2011",
            "(",
            ")",
            ".",
            "/",
            "\u200b",
            "•",
            "call ",
            "1",
        ]
    ),
    st.text(_DIGIT, max_size=6),
    st.text("0123456789", min_size=3, max_size=12),
    st.text(max_size=3),
)


@settings(max_examples=int(os.environ.get("MSVC_MASKED", "150")))
@given(st.lists(_PIECE, max_size=12).map("".join))
def test_masking_never_fails_is_stable_and_leaves_no_number(text: str) -> None:
    """Whatever the text: no exception, masking twice changes nothing, and no plus is followed by a whole number."""
    for hide in (mask, mask_in):
        shown = hide(text)
        seen = "".join(
            str(unicodedata.digit(char))
            if unicodedata.digit(char, None) is not None
            else unicodedata.normalize("NFKC", char)
            for char in shown
            if unicodedata.category(char) not in ("Cf", "Zs", "Pd")
        )

        assert hide(shown) == shown
        assert not re.search(r"(?:\+|%2[Bb])[1-9][0-9]{6}", seen.replace("•", "|"))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("whatsapp:+5215512345678", "whatsapp:+525512345678"),
        ("whatsapp:+525512345678", "whatsapp:+525512345678"),
        ("+5215512345678", "+525512345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+521-33-1234-5678", "+523312345678"),
        ("whatsapp:+5491123456789", "whatsapp:+5491123456789"),
        ("whatsapp:+5511987654321", "whatsapp:+5511987654321"),
        ("+14155550123", "+14155550123"),
    ],
)
def test_the_old_and_the_new_form_of_a_mexican_number_are_one_address(text, canonical):
    """WhatsApp writes +521 before Mexican numbers; Argentina's 9 and Brazil's ninth digit are part of the number."""
    found = read(text)

    assert found is not None
    assert found.text == canonical
    assert found == read(canonical)
    assert recipient_problem(text) == recipient_problem(canonical)


@pytest.mark.parametrize("text", ["+521551234567", "+52155123456789", "+52115512345678"])
def test_other_wrong_lengths_of_mexican_numbers_stay_wrong(text):
    """Only a 1 before ten digits is the old prefix."""
    assert recipient_problem(text) is not None
