"""Every rule has an example that it objects to and one that it lets pass, each one change away from a good campaign."""

from dataclasses import replace

import pytest

from msvc_toolkit.a2p.linter import AT_CREATION, RULES, BrandIdentity, Campaign, examine
from msvc_toolkit.a2p.linter.words import table
from msvc_toolkit.rules import error_codes

OWL = Campaign(
    us_app_to_person_usecase="ACCOUNT_NOTIFICATION",
    description="Owl Coffee sends order confirmations and pick-up reminders to customers who order in its shops or online.",
    message_flow=(
        "At https://www.owlcoffee.example/checkout customers type their number and may tick an unchecked box: 'I agree to "
        "order updates by text from Owl Coffee. Message frequency varies. Message and data rates may apply. Reply STOP to opt "
        "out or HELP for help.' Privacy policy and terms are linked below. Numbers are never shared or sold."
    ),
    message_samples=(
        "Owl Coffee: hi [name], we have your order [id]. Reply STOP to opt out.",
        "Owl Coffee: your order [id] is ready at [shop].",
    ),
    privacy_policy_url="https://www.owlcoffee.example/privacy",
    terms_and_conditions_url="https://www.owlcoffee.example/terms",
)
BRAND = BrandIdentity("Owl Coffee LLC", "https://www.owlcoffee.example", "desk@owlcoffee.example")
FLOW, DESCRIPTION = OWL.message_flow, OWL.description


def samples(*texts):
    """Change the samples."""
    return {"message_samples": texts}


def flow(text):
    """Change the message flow."""
    return {"message_flow": text}


def without(*words):
    """Leave words out of the flow."""
    text = FLOW
    for word in words:
        text = text.replace(word, "")
    return flow(text)


def more(text):
    """Add a sentence to the flow."""
    return flow(f"{FLOW} {text}")


def said(text):
    """Change the description, keeping the name in it."""
    return {"description": f"{DESCRIPTION} {text}"}


def case(code):
    """Change the use case."""
    return {"us_app_to_person_usecase": code}


CALL = "Owl Coffee: call (415) 555-0142 about order [id]. Reply STOP to opt out."
LINK = "Owl Coffee: see https://www.owlcoffee.example/orders/[id]. Reply STOP to opt out."
TWO = OWL.message_samples
OPT_IN = (
    "Owl Coffee: welcome. Message frequency varies. Message and data rates may apply. HELP for help, STOP to opt out."
)
HELP = "Owl Coffee: write to desk@owlcoffee.example or call (415) 555-0142."
GREEK = "Στέλνουμε επιβεβαιώσεις παραγγελιών στους πελάτες που παρήγγειλαν."
SPANISH = "Owl Coffee manda confirmaciones de pedido y avisos de entrega a los clientes que lo piden en la tienda o en la red."

# rule: what it objects to, what it lets pass
EXAMPLES = {
    "limits.required": (said("") | {"message_flow": "  "}, {}),
    "limits.length": (samples("Owl Coffee", "Owl Coffee: your order [id] is ready."), samples(TWO[0], "O" * 20)),
    "limits.keywords_length": ({"opt_in_keywords": ("A" * 128, "B" * 127)}, {"opt_in_keywords": ("A" * 127, "B" * 127)}),
    "limits.keywords": ({"opt_in_keywords": ("OPT IN",)}, {"opt_in_keywords": ("JOIN2",)}),
    "limits.near": ({"description": "Owl Coffee sends reminders to its customers."}, {}),
    "policies.privacy": ({"privacy_policy_url": " "}, {}),
    "policies.terms": ({"terms_and_conditions_url": ""}, {}),
    "policies.address": ({"privacy_policy_url": "www.owlcoffee.example/privacy"}, {"privacy_policy_url": "https://owlcoffee.example/p?x=1"}),
    "policies.same": ({"terms_and_conditions_url": OWL.privacy_policy_url}, {}),
    "policies.home": ({"privacy_policy_url": "https://www.owlcoffee.example/"}, {"privacy_policy_url": "https://www.owlcoffee.example/p"}),
    "usecase.missing": (case(""), {}),
    "usecase.unknown": (case("TWO_FACTOR"), case("2FA")),
    "usecase.brand": (case("SOLE_PROPRIETOR"), case("MIXED")),
    "usecase.promotion": (samples("Owl Coffee: 20% off all beans. STOP to opt out.", TWO[1]), samples("Owl Coffee: your 20 beans. STOP to opt out.", TWO[1])),
    "usecase.persuasion": (samples("Owl Coffee: our spring sale is on. STOP to opt out.", TWO[1]), {}),
    "usecase.code": (case("2FA"), case("2FA") | samples("Owl Coffee: your verification code is [code].", TWO[1])),
    "usecase.other_code": (samples("Owl Coffee: your code is [code]. STOP to end.", TWO[1]), case("MIXED") | samples("Owl Coffee: your code is [code]. STOP to end.", TWO[1])),
    "usecase.transaction": (case("MARKETING") | samples("Owl Coffee: your login code is [code]", TWO[0]), case("MARKETING") | samples("Owl Coffee: new beans are in. STOP to opt out.", "Owl Coffee: tasting on [date].")),
    "usecase.kinds": (case("MIXED") | samples("Owl Coffee: your order is on its way. STOP to end.", "Owl Coffee: track your order at [link]."), case("MIXED") | samples("Owl Coffee: your order is on its way. STOP to end.", "Owl Coffee: your login code is [code].")),
    "usecase.emergency": (said("It sends evacuation orders."), said("It sends evacuation orders.") | case("EMERGENCY")),
    "usecase.testing": (samples("Owl Coffee: this is a test message. STOP to end.", TWO[1]), samples("Owl Coffee: taste and rate our test of [bean]. STOP to end.", TWO[1])),
    "usecase.special": (case("EMERGENCY"), {}),
    "policies.hosted": ({"privacy_policy_url": "https://docs.google.com/document/d/1"}, {"privacy_policy_url": "https://owlcoffee.example/p"}),
    "flags.phone": ({"has_embedded_phone": True}, {"has_embedded_phone": True} | samples(CALL, TWO[1])),
    "flags.phone_unsaid": (samples(CALL, TWO[1]), {}),
    "flags.links": ({"has_embedded_links": True}, {"has_embedded_links": True} | samples(LINK, TWO[1])),
    "flags.links_unsaid": (samples(LINK, TWO[1]), {}),
    "flags.lending": (said("It tells members of their loan."), said("It tells members of their loan.") | {"direct_lending": True}),
    "flags.age": (said("It tells of new wines."), said("It tells of new wines.") | {"age_gated": True}),
    "replies.join": ({"opt_in_keywords": ("OWL",)}, {"opt_in_keywords": ("OWL",), "opt_in_message": OPT_IN}),
    "replies.join_parts": ({"opt_in_message": "Welcome to our messages, dear friend."}, {"opt_in_message": OPT_IN}),
    "replies.stop": ({"opt_out_keywords": ("END", "QUIT")}, {"opt_out_keywords": ("STOP", "END")}),
    "replies.legal_words": ({"opt_out_keywords": ("STOP", "END")}, {"opt_out_keywords": ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT")}),
    "replies.farewell": ({"opt_out_message": "Owl Coffee: it was nice to know you."}, {"opt_out_message": "Owl Coffee: you are unsubscribed and get no more messages."}),
    "replies.contact": ({"help_message": "Owl Coffee: we will be right with you."}, {"help_message": HELP}),
    "replies.help_brand": ({"help_message": "For help call (415) 555-0142, please."}, {"help_message": "Reply STOP to unsubscribe. Msg&Data Rates May Apply."}),
    "replies.help": ({"help_keywords": ("INFO",)}, {"help_keywords": ("INFO", "help")}),
    "replies.halves": ({"help_keywords": ("HELP",)}, {"help_keywords": ("HELP",), "help_message": HELP}),
    "samples.brand": (samples("Your order [id] is ready. STOP to end.", "Your order [id] is late."), {}),
    "samples.brand_everywhere": (samples(TWO[0], "Your order [id] is late."), {}),
    "samples.stop": (samples("Owl Coffee: your order is late.", "Owl Coffee: your order is here."), case("2FA") | samples("Owl Coffee: code is [code]", "[code] is your Owl Coffee code")),
    "samples.farewell": (samples(TWO[0], "Owl Coffee: you have been unsubscribed."), {}),
    "samples.twice": (samples(TWO[0], TWO[0].upper()), {}),
    "samples.brackets": (samples(TWO[0], "Owl Coffee: hi {{first_name}}, come in."), {}),
    "samples.placeholder": (samples("Owl Coffee: see [link on your own domain]. STOP to end.", TWO[1]), samples("Owl Coffee: see [link]. STOP to end.", TWO[1])),
    "description.placeholder": (said("TODO"), {}),
    "flow.placeholder": (more("TBD"), {}),
    "replies.placeholder": ({"help_message": f"{HELP} TODO"}, {"help_message": HELP}),
    "links.shortener": (samples("Owl Coffee: bit.ly/3xYz STOP to end.", TWO[1]), samples("Owl Coffee: habit.lyon is open. STOP to end.", TWO[1])),
    "links.insecure": (more("See http://www.owlcoffee.example/x"), more("See HTTPS://www.owlcoffee.example/x")),
    "links.nowhere": (more("See https://www.example.com/form"), {}),
    "links.fictional": ({}, flow("Customers agree at https://owlcoffee.coffee/join") | {"privacy_policy_url": "https://owlcoffee.coffee/p", "terms_and_conditions_url": "https://owlcoffee.coffee/t"}),
    "domains.website": (more("Or at https://owl-rewards.example/join."), more("The form: https://imgur.com/a/owl.png")),
    "domains.several": (more("Or at https://owl-rewards.example/join."), {}),
    "domains.free_mail": ({}, {}),
    "domains.free_mail_text": ({"help_message": "Owl Coffee: owl.coffee@gmail.com"}, {"help_message": HELP}),
    "domains.mail": ({}, {}),
    "flow.method": (flow("People hear from Owl Coffee when there is something to tell them, and are free to leave."), {}),
    "flow.proof": (flow("Customers tick an unchecked box on the form of Owl Coffee to get messages. STOP ends them."), flow("Customers text the word OWL to 415-555-0142 to get messages of Owl Coffee.")),
    "flow.several": (more("We collect consent over the phone, at our booth, by a keyword and on Facebook."), more("We collect consent over the phone, at our booth and by a keyword. On the phone, the clerk asks. At the booth, there is a form. The keyword is OWL.")),
    "flow.page": (flow("Customers tick an unchecked box in our shop. Terms: https://www.owlcoffee.example/terms"), {}),
    "flow.unbuilt": (more("The page goes live soon: it is under construction."), more("It is under construction; a picture: https://owlcoffee.example/box.png")),
    "flow.attached": (flow("Customers tick an unchecked box in our shop; a screenshot is attached."), more("A screenshot is at https://owlcoffee.example/box.png")),
    "flow.home": (flow(FLOW.replace("/checkout", "")), more("Begin at https://www.owlcoffee.example/")),
    "flow.image": ({"opt_in_image_url": "https://owlcoffee.example/box.png"}, {"opt_in_image_url": "https://owlcoffee.example/box.png"} | more("Shown at https://owlcoffee.example/box.png")),
    "flow.login": (more("They sign in and open their settings."), more("They sign in and open their settings, shown at https://owlcoffee.example/box.png")),
    "flow.gated": (flow("People give us their number on the phone, and Owl Coffee writes to them. https://owlcoffee.example"), flow("People agree verbally. A screenshot of the script: https://owlcoffee.example/script")),
    "flow.frequency": (without("Message frequency varies."), more("About 4 msgs per month.")),
    "flow.rates": (without("Message and data rates may apply."), more("Msg & data rates may apply.")),
    "flow.stop": (without("Reply STOP to opt out or HELP for help."), {}),
    "flow.help": (without("or HELP for help"), {}),
    "flow.privacy": (without("Privacy policy"), {}),
    "flow.terms": (without("and terms"), {}),
    "flow.keyword": ({"opt_in_keywords": ("COFFEE1",), "opt_in_message": OPT_IN}, {"opt_in_keywords": ("COFFEE",), "opt_in_message": OPT_IN}),
    "flow.brand": (without("Owl Coffee", "www.owlcoffee.example"), {}),
    "consent.prechecked": (more("The box is pre-checked."), more("The box is never pre-checked.")),
    "consent.bought": (more("We also write to purchased lists."), more("We do not use purchased lists.")),
    "consent.automatic": (more("Members are automatically enrolled."), more("Nobody is automatically enrolled without asking, not one.")),
    "consent.implied": (flow("By entering their number at https://owlcoffee.example customers agree to texts."), more("By entering their number they agree.")),
    "consent.channels": (more("They agree to texts and emails."), more("They agree to texts, not to texts and emails.")),
    "consent.type": (flow("Customers tick an unchecked box at https://owlcoffee.example to get texts."), {}),
    "consent.terms": (more("By creating an account they agree."), {}),
    "consent.forced": (more("Consent is required."), more("Consent is not a condition of purchase.")),
    "consent.optional": (flow(FLOW.replace("may tick an unchecked box", "tick a box")), flow("Customers text OWL to 415-555-0142 to get order updates.") | {"opt_in_keywords": ("OWL",)}),
    "consent.shared": (more("Numbers are shared with partners."), more("Numbers are never shared with partners.")),
    "consent.unshared": (without("Numbers are never shared or sold."), {}),
    "consent.combined": (more("It covers marketing and informational texts."), {}),
    "description.brand": ({"description": DESCRIPTION.replace("Owl Coffee", "A shop")}, {}),
    "description.platform": (said("Our platform sends them."), {}),
    "description.purpose": ({"description": "Owl Coffee is the best coffee house in the whole of the wide and sunny west."}, {}),
    "description.person": (said("Ask Ann at (415) 555-0142."), {}),
    "topics.cannabis": (said("It sells CBD oil."), said("It does not sell CBD oil.")),
    "topics.cannabis_word": (said("It speaks of marijuana."), {}),
    "topics.sex": (said("It is an escort service."), said("It is a service.")),
    "topics.sex_word": (samples("Owl Coffee: sexy beans. STOP to end.", TWO[1]), {}),
    "topics.tobacco": (said("It is a vape shop."), {}),
    "topics.tobacco_word": (said("It warns of tobacco."), {}),
    "topics.firearms": (said("It is a gun shop."), said("It renews licences for firearms.")),
    "topics.firearms_word": (said("It has ammo."), {}),
    "topics.hate": (said("It calls for a race war."), {}),
    "topics.loans": (said("It offers payday loans."), said("It takes loans of books back.")),
    "topics.loans_word": (said("It offers instant cash."), {}),
    "topics.debt": (said("It offers debt relief."), {}),
    "topics.debt_word": (said("It speaks of debt."), {}),
    "topics.gambling": (said("It is an online casino."), {}),
    "topics.gambling_word": (said("It has a jackpot."), {}),
    "topics.sweepstakes_word": (said("Enter to win a cup."), said("Enter to win a cup.") | case("SWEEPSTAKE")),
    "topics.political_word": (said("It is for election day."), said("It is for election day.") | case("POLITICAL")),
    "topics.fortune": (said("Get rich quick."), {}),
    "topics.fortune_word": (said("Pay with bitcoin."), {}),
    "topics.leads": (said("It does lead generation."), {}),
    "topics.leads_word": (said("Be your own boss."), {}),
    "topics.affiliate": (said("It does affiliate marketing."), {}),
    "topics.affiliate_word": (said("See our affiliate program."), {}),
    "topics.unlawful": (said("It sells magic mushrooms."), {}),
    "topics.unlawful_word": (said("Beware of counterfeit notes."), {}),
    "topics.personal_word": (said("It is for personal use."), said("It is for personal use.") | case("PROXY")),
    "language.script": ({"description": GREEK}, {"description": f"{DESCRIPTION} ({GREEK[:30]})"}),
    "language.english": ({"description": SPANISH}, {}),
    "language.mixed": (samples(TWO[0], "Owl Coffee: su pedido está listo para recoger en la tienda."), samples(TWO[0], "Owl Coffee: de la Cruz, your order is ready at Casa de la Luz.")),
}  # fmt: skip
# Where the fault is not in the texts: who sends.
OTHER_SENDERS = {
    "domains.several": (BrandIdentity(), BRAND),
    "domains.free_mail": (replace(BRAND, email="owl.coffee@gmail.com"), BRAND),
    "domains.mail": (replace(BRAND, email="desk@owl-beans.example"), BRAND),
    "description.brand": (replace(BRAND, name="Zebra Teas"), BRAND),
}

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def raised(campaign, sender=BRAND):
    """The rules that say something."""
    return {remark.rule for remark in examine(campaign, sender)}


def test_every_rule_has_its_examples():
    """No rule is without an example on either side, and no example without a rule."""
    assert [rule.id for rule in RULES if rule.id not in EXAMPLES] == []
    assert [name for name in EXAMPLES if name not in {rule.id for rule in RULES}] == []


def test_the_good_campaign_is_good():
    """Only that its host is made up is said of the campaign that the examples change."""
    assert raised(OWL) == {"links.fictional"}


@every_rule
def test_a_rule_objects_to_its_bad_example(rule):
    """The change that breaks the rule brings its remark, with its code, its severity and the field."""
    bad, _ = EXAMPLES[rule.id]
    sender, _ = OTHER_SENDERS.get(rule.id, (BRAND, BRAND))
    found = [remark for remark in examine(replace(OWL, **bad), sender) if remark.rule == rule.id]

    assert found
    assert {(remark.code, remark.severity) for remark in found} == {(rule.code, rule.severity)}
    for remark in found:
        assert remark.sentence.endswith(".")
        assert remark.fields[0] in {name.upper() for name in (*Campaign.__dataclass_fields__, "email", "website")}


@every_rule
def test_a_rule_lets_its_good_example_pass(rule):
    """The change that looks alike and is in order brings nothing."""
    _, good = EXAMPLES[rule.id]
    _, sender = OTHER_SENDERS.get(rule.id, (BRAND, BRAND))

    assert rule.id not in raised(replace(OWL, **good), sender)


@every_rule
def test_a_rule_explains_itself(rule):
    """A rule has a title, a remedy, a source, a grade, and a code that the dictionary explains."""
    assert rule.title.endswith(".")
    assert rule.remedy.endswith((".", "”"))
    assert rule.source
    assert rule.grade in {"P", "Q", "T", "?"}
    assert error_codes.lookup(rule.code) is not None


def test_ids_are_unique_and_grouped():
    """An id stands for one rule, and its first part for one of the documented groups."""
    ids = [rule.id for rule in RULES]
    groups = "limits policies usecase flags replies samples links domains flow consent description topics language"

    assert len(ids) == len(set(ids))
    assert {name.partition(".")[0] for name in ids} == set(groups.split())


def test_what_is_refused_at_creation_says_so():
    """A missing field is refused before anybody reviews it, a short link afterwards."""
    found = examine(replace(OWL, message_flow="", message_samples=("Owl Coffee: bit.ly/x STOP to end.", TWO[1])), BRAND)
    at_creation = {remark.code for remark in found if remark.at_creation}

    assert at_creation == {21727}
    assert at_creation <= AT_CREATION
    assert 30892 in {remark.code for remark in found if remark.severity == "blocker" and not remark.at_creation}


def test_nothing_is_said_about_a_sender_that_is_not_known():
    """Without a name, a website and an address, no remark is about them."""
    about = {"samples.brand", "samples.brand_everywhere", "domains.website", "domains.free_mail", "domains.mail", "flow.brand",
             "description.brand", "replies.help_brand"}  # fmt: skip
    strange = replace(
        OWL, description="Somebody writes to customers about orders that they placed in a shop, now and then."
    )

    assert not about & raised(strange, BrandIdentity())


def test_a_sole_proprietor_may_write_from_free_mail():
    """A person has no domain of their own; and the one case they may have is theirs alone."""
    person = BrandIdentity("Maya Ortiz", email="maya@gmail.com", brand_type="SOLE_PROPRIETOR")

    assert "domains.free_mail" not in raised(OWL, person)
    assert "usecase.brand" in raised(OWL, person)
    assert "usecase.brand" not in raised(replace(OWL, us_app_to_person_usecase="SOLE_PROPRIETOR"), person)


@pytest.mark.parametrize(
    "link", ["https://bit.ly/a", "BIT.LY/a", "www.tinyurl.com/x", "https://t.co/abc?x=1", "see rb.gy/abc."]
)
def test_a_short_link_is_found_however_it_is_written(link):
    """With or without scheme, in capitals, with www, at the end of a sentence."""
    assert "links.shortener" in raised(replace(OWL, message_samples=(f"Owl Coffee: {link} STOP to end.", TWO[1])))


@pytest.mark.parametrize("text", ["call 415-555-0142", "(415) 555-0142", "+1 415 555 0142", "+44 20 7946 0018", "1-800-FLOWERS", "800-XXX-XXXX", "call [support phone]"])  # fmt: skip
def test_a_phone_number_is_found_however_it_is_written(text):
    """Numbers of any form, letters on the keypad, and brackets for a number to come satisfy the flag."""
    campaign = replace(OWL, has_embedded_phone=True, message_samples=(f"Owl Coffee: {text}. STOP to end.", TWO[1]))

    assert "flags.phone" not in raised(campaign)


@pytest.mark.parametrize(
    "text",
    ["order 20261124", "track 1Z999AA10123456784", "code 482913", "10:30-11:45 on 2026-11-24", "at 4155 W 12 St"],
)
def test_other_digits_are_no_phone_number(text):
    """Orders, tracking numbers, codes, times and addresses need no phone flag."""
    assert "flags.phone_unsaid" not in raised(
        replace(OWL, message_samples=(f"Owl Coffee: {text}. STOP to end.", TWO[1]))
    )


@pytest.mark.parametrize("name", ["Owl Coffee LLC", "The Owl Coffee Company", "OWL", "owl-coffee", "Owl Coffee, Inc."])
def test_a_brand_is_found_by_its_main_words(name):
    """Legal forms, case and punctuation make no other brand of it."""
    assert "samples.brand" not in raised(OWL, replace(BRAND, name=name))


@pytest.mark.parametrize(
    "text",
    [
        "The box is un-checked by default and must be checked by the person.",
        "It is UNCHECKED BY DEFAULT; none of the choices is pre-selected.",
        "We avoid pre-checked boxes.",
        "Consent is given rather than implied: the box is not pre-ticked.",
        "No number is ever purchased, rented or imported, and we never use purchased lists or lead lists.",
    ],
)
def test_what_is_denied_is_no_fault(text):
    """A flow that says what it does not do is not blamed for the word."""
    assert not {"consent.prechecked", "consent.bought"} & raised(replace(OWL, message_flow=f"{FLOW} {text}"))


@pytest.mark.parametrize(
    "text",
    [
        "End users opt in by texting START to (111) 222-3333 and get one text of Owl Coffee a week.",
        'Guests text "BEANS" to 55512 as the sign at the till of Owl Coffee tells them to.',
        "Guests text the keyword on the cup to our short code to hear from Owl Coffee.",
    ],
)
def test_a_keyword_is_a_way_to_agree(text):
    """A keyword to text is as good as a link: Twilio accepts joining by a keyword."""
    assert not {"flow.method", "flow.proof"} & raised(replace(OWL, message_flow=text))


def test_the_word_for_leaving_is_no_way_to_join():
    """That people can text STOP shows nobody how they came in."""
    campaign = replace(
        OWL, message_flow="Customers agree at the till of Owl Coffee and can text STOP or text HELP at any time."
    )

    assert "flow.proof" in raised(campaign)


@pytest.mark.parametrize(
    "text",
    [
        "It alerts members to counterfeit notes and gambling charges on their card.",
        "It reminds patients of the class to quit cigarettes.",
        "Our hours on Black Friday are shorter.",
        "It tells owners when the licence for a firearm runs out.",
        "The spin class has free spins on Monday.",
    ],
)
def test_a_word_with_a_lawful_use_refuses_nothing(text):
    """What banks, clinics and gyms write is at most warned of."""
    found = examine(
        replace(OWL, description=f"{DESCRIPTION} {text}", message_samples=(f"Owl Coffee: {text} STOP to end.", TWO[1])),
        BRAND,
    )

    assert [remark for remark in found if remark.severity == "blocker"] == []


OFFERED = {
    "gambling": [
        "Owl Coffee texts players about its casino, poker nights and sports wagers.",
        "100 free spins are waiting at our casino.",
        "Place your sports bet tonight.",
        "Bet $5, get $150 in bonus bets.",
        "Win the $5,000 jackpot on Friday.",
        "Silver Spur Casino texts players about slot tournaments.",
    ],
    "loans": [
        "It offers personal loans with no credit check.",
        "Bad credit? Get a loan today.",
        "We connect borrowers with lenders.",
        "Need cash until payday?",
        "We find lenders for people with bad credit.",
    ],
    "debt": ["Cut your credit card debt by 50%.", "We settle balances for less than you owe."],
    "firearms": ["New rifles in stock.", "20% off all handguns.", "It texts customers about deals on ammo."],
    "cannabis": ["Kratom capsules are 20% off.", "Free pre-rolls with each order."],
    "tobacco": ["It sells tobacco and papers.", "Nicotine pouches for sale."],
    "fortune": ["Buy bitcoin with no fees.", "Earn $500 a day from home."],
}
MENTIONED = [
    "Your room near the casino is ready, and the shuttle to the casino leaves at 9.",
    "Join our charity casino night on Friday.",
    "You bet! See you on Tuesday.",
    "Gun safes are in stock, and gun locks are free.",
    "Nail guns and glue guns are in stock.",
    "Our rifle range is open on Sunday.",
    "Free nicotine patches for patients who quit.",
    "It sells weed killer and mulch.",
    "Payday is Friday: your pay stub is ready.",
    "Your loan payment of $120 is due; no fee until Friday.",
    "Donations pay the medical debt of families.",
    "It sends login codes to people who trade crypto.",
    "We hire drivers, who earn $22 an hour.",
    "We never sell guns or tobacco.",
    "Your bitcoin withdrawal of $500 was completed.",
    "Order update: your weed trimmer has shipped.",
    "Casino resort: your massage is at 4, and the players club desk is closed.",
    "Pay what you owe on your card today.",
]


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, texts in OFFERED.items() for text in texts])
def test_what_is_forbidden_blocks_where_it_is_offered(topic, text):
    """A campaign that offers it is refused, in the description and in a sample, and is not told the same by a warning."""
    for change in (said(text), samples(f"Owl Coffee: {text} STOP to end.", TWO[1])):
        found = raised(replace(OWL, **change))
        assert f"topics.{topic}" in found, change
        assert f"topics.{topic}_word" not in found, change


@pytest.mark.parametrize("text", MENTIONED)
def test_what_is_forbidden_does_not_block_where_it_is_mentioned(text):
    """A hotel near a casino, a shop for gun safes and a clinic are at most warned of."""
    for change in (said(text), samples(f"Owl Coffee: {text} STOP to end.", TWO[1])):
        assert [r for r in examine(replace(OWL, **change), BRAND) if r.severity == "blocker"] == []


def test_a_name_in_a_link_or_a_mail_address_names_nobody():
    """Only the words of a sample name the brand; a brand that is called like its website is named by it."""
    bare = samples("Your order: https://bit.ly/owl-1 STOP to end.", "Your order is late: owl@shop.example")
    assert "samples.brand" in raised(replace(OWL, **bare))
    named = samples("Owl.com: your order is here. STOP to end.", "Owl.com: your order is late.")
    assert "samples.brand" not in raised(replace(OWL, **named), replace(BRAND, name="Owl.com"))


def test_forbidden_content_is_not_allowed_behind_an_age_gate():
    """No remark advises an age gate for gambling or tobacco."""
    assert "flags.age" not in raised(replace(OWL, **said("It has a casino and sells cigars.")))


def test_a_topic_is_there_whatever_is_not_said_of_it():
    """A denial before a topic denies it; one after it says something else of it."""
    for text, found in (("Our CBD oil is never tested on animals.", True), ("We never sell CBD oil.", False)):
        assert ("topics.cannabis" in raised(replace(OWL, description=f"{DESCRIPTION} {text}"))) == found


@pytest.mark.parametrize(
    "url",
    ["https://owl.coffee/a_(b)?x=1,2#c", "https://owl.coffee:8443/p", "HTTPS://OWL.coffee", "https://owl.coffee/p?"],
)
def test_any_whole_address_is_one(url):
    """Parentheses, ports, queries and capitals are allowed in an address."""
    assert "policies.address" not in raised(replace(OWL, privacy_policy_url=url))


@pytest.mark.parametrize(
    "url",
    ["owl", "https://", "https://owl", "ftp://owl.coffee/p", "https://owl.coffee/a b", "https://[x]/p", "see below"],
)
def test_anything_else_is_no_address(url):
    """A word, a host without a dot, another scheme or a blank inside is refused."""
    assert "policies.address" in raised(replace(OWL, privacy_policy_url=url))


def test_word_lists_are_tidy():
    """Every phrase is in small letters and nothing is there twice; a pattern may ask for capitals."""
    for group in ("hosts", "brand", "promotion", "kinds", "flags", "replies", "flow", "consent", "description"):
        for name, found in table()[group].items():
            assert len(found) == len(set(found)), (group, name)
            assert [word for word in found if word != word.lower() and word[0] != "/"] == []


SOFT_WORDS = {
    "topics.loans": [
        "Fast personal cash advances until the next paycheck.",
        "Cash advances to hold you over to your next pay day.",
        "Borrow up to $500 and repay it on your next payday.",
    ],
    "consent.bought": [
        "Visitors tick an optional box, and we pay the websites for each number.",
        "Partner sites are paid per lead.",
        "The websites receive a fee for every phone number.",
    ],
    "consent.forced": [
        "Patients fill in the intake form and sign. By signing they agree to get texts from us.",
        "Signing the intake form means that patients agree to texts.",
        "Each patient signs our new patient form; the signature covers text reminders, too.",
    ],
}
ALIKE = [
    "We text staff when their next paycheck is deposited.",
    "People tick an optional box when they pay for their order online.",
    "We do not pay anyone for numbers.",
    "Patients may sign our separate texting form. By signing they agree to texts from us.",
    "The parent checks the empty box and signs. By signing, parents agree to texts.",
]


def test_softer_words_for_the_same_are_found():
    """Payday loans, numbers that were paid for and consent by a needed signature are found in other words; what is only alike is not."""
    for rule, texts in SOFT_WORDS.items():
        for text in texts:
            assert rule in raised(replace(OWL, message_flow=text)), text
    for text in ALIKE:
        assert not set(SOFT_WORDS) & raised(replace(OWL, message_flow=text)), text
