"""Short links: a message's links are replaced by those of its service's domain when it is sent, and can be clicked.

Source: Link Shortening; Link Shortening Onboarding Guide; Event Streams, type link-clicked; error pages 30101 to 30120
(read 2026-11-30). Ours: which code a domain that cannot shorten gives, that a blocked link stops the message whatever
ContinueOnFailure says, and how a link is recognized in a text.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import segments
from msvc_toolkit.sandbox.messages import callbacks, compliance, sender_pool
from msvc_toolkit.sandbox.rest.responses import iso
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

LIFE_MS = 90 * 86_400_000
"""How long a short link works; documented."""
USER_AGENT = "Mozilla/5.0 (msvc-toolkit sandbox handset)"
DUE = ("due",)
"""Cache key: when the first scheduled message, or the first text with short links, is due."""
RULE = "short links"
NO_DOMAIN = "The service has no link-shortening domain, so the links stay as they are."
UNVERIFIED, BLOCKED_DOMAIN, BLOCKED_LINK = 30101, 30110, 30111
CLICKED = "com.twilio.daptbt.link-shortening.link-clicked"
_LINK = re.compile(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII | re.IGNORECASE)
_LETTERS = string.ascii_letters + string.digits
_CODE_LENGTH = 10


def shorten(
    store: SandboxStore, settings: SandboxSettings, row: Row, at: int, explain: Callable[[str, str], None]
) -> int | None:
    """Plan short links for a message that asks for them, from a time on, and count its segments again.

    Returns the error code of a message that must not go out; `explain` gets a rule and a sentence.
    """
    options = json.loads(row["options"]) if row["options"] else {}
    if not options.get("shorten_urls") or not row["service_sid"]:
        return None
    links = [*dict.fromkeys(map(_trimmed, _LINK.findall(row["body"])))]
    domain = store.one(
        "SELECT domain.* FROM domain JOIN domain_service ON domain_sid = domain.sid WHERE service_sid = ?",
        row["service_sid"],
    )
    if domain is None or not links:
        explain(RULE, NO_DOMAIN if domain is None else "The text has no link that begins with http:// or https://.")
        return None
    config, rules = json.loads(domain["config"] or "{}"), compliance.read(store)
    for link in links:
        host = _host(link)
        for listed, blocked in ((host, BLOCKED_DOMAIN), (link, BLOCKED_LINK)):
            if listed in rules.blocked_links:
                explain(RULE, f"Twilio does not shorten a link to {host}: it is blocked ({blocked}).")
                return blocked
    unverified = domain["domain_name"] in rules.unverified_domains
    if (code := UNVERIFIED if unverified else _fault(domain, at)) is not None:
        on = config.get("continue_on_failure", True)
        explain(RULE, f"{domain['domain_name']} cannot shorten ({code}). {_LONG if on else _STOPPED}")
        return None if on else code
    in_last_second = store.one("SELECT count(*) AS n FROM short_link WHERE created > ? AND created <= ?", at - 1000, at)
    if in_last_second and in_last_second["n"] + len(links) > settings.shortenings_a_second:
        return 20429
    scheme = "" if config.get("disable_https") else "https://"
    short = {}
    for place, link in enumerate(links):
        made = _code(store.digest(f"link:{row['sid']}:{link}"))
        short[link] = f"{scheme}{domain['domain_name']}/{made}"
        about = {"message_sid": row["sid"], "domain_sid": domain["sid"], "short": short[link], "link": link}
        store.insert_unobserved("short_link", {"code": made, "place": place, "created": at, **about})
    body = _LINK.sub(lambda match: short[link := _trimmed(match[0])] + match[0][len(link) :], row["body"])
    store.insert_unobserved("shortened", {"message_seq": row["seq"], "due": at, "body": body})
    store.invalidate(DUE)
    if not row["sid"].startswith("MM"):
        service = sender_pool.service_of(store, row["service_sid"])
        smart = options.get("smart_encoded", service["smart_encoding"] if service else 0)
        row["num_segments"] = segments.measure(body, smart_encoding=bool(smart)).count
    return None


_LONG = "The message goes out with its long links, as ContinueOnFailure says."
_STOPPED = "The message is not sent, as ContinueOnFailure is off."


def _trimmed(found: str) -> str:
    """Leave out what belongs to the sentence behind a link: punctuation, and a bracket that was not opened in it."""
    link = found.rstrip(".,:;!?'[]")
    return _trimmed(link[:-1]) if link.endswith(")") and link.count(")") > link.count("(") else link


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""


def _fault(domain: Row, at: int) -> int | None:
    """Return the code with which a domain cannot shorten at a time, None when it can."""
    if domain["domain_name"].endswith(".invalid"):
        return 30120
    if not domain["certificate"]:
        return 30107
    certificate = json.loads(domain["certificate"])
    over = at >= certificate["expires"] and not certificate["managed"]  # Twilio renews those it manages
    return 30103 if over or at < certificate["valid"] else None


def _code(digest: str) -> str:
    number, code = int(digest, 16), ""
    for _ in range(_CODE_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        code += _LETTERS[letter]
    return code


def replace_due(store: SandboxStore, now: int) -> None:
    """Write the short links into the messages that are handed over by now; a redacted one stays empty."""
    for due in store.all("SELECT * FROM shortened WHERE due <= ?", now):
        store.execute_unobserved(
            "UPDATE message SET body = ? WHERE seq = ? AND body != '' AND sending IS NOT NULL",
            due["body"],
            due["message_seq"],
        )
        store.execute_unobserved("DELETE FROM shortened WHERE message_seq = ?", due["message_seq"])


def of_message(store: SandboxStore, message_sid: str, now: int) -> list[Row]:
    """Return the short links of a message that are in its text by now, in their order."""
    return store.all("SELECT * FROM short_link WHERE message_sid = ? AND created <= ? ORDER BY place", message_sid, now)


def click(store: SandboxStore, message: Row, link: str | None, event_type: str, now: int) -> str | None:
    """Open one of a message's links and queue the callback; return where it leads, None where it leads nowhere.

    Raises SandboxError if the message has no such short link.
    """
    found = of_message(store, message["sid"], now)
    asked = next((row for row in found if link in (None, row["short"], row["link"])), None)
    if asked is None:
        raise SandboxError(
            f"The message {message['sid']} has no such short link. Send it with shorten_urls=True through a service "
            "that has a link-shortening domain, and let it be delivered first."
        )
    domain = store.one("SELECT config FROM domain WHERE sid = ?", asked["domain_sid"])
    config = json.loads((domain and domain["config"]) or "{}")
    if now >= asked["created"] + LIFE_MS:
        fallback: str | None = config.get("fallback_url")
        code, sentence = (30104, "went to the fallback URL") if fallback else (30105, "the domain has no fallback URL")
        about = {"message_sid": message["sid"], "url": asked["short"], "code": code}
        callbacks.note(store, now, "debugger", f"The short link is older than 90 days; the click {sentence}.", **about)
        return fallback
    clicked = {"code": asked["code"], "event_type": event_type, "at": now}
    store.insert_unobserved("link_click", clicked)
    if config.get("callback_url"):
        number = (store.one("SELECT max(id) AS id FROM link_click") or {})["id"]
        callbacks.hand_over_click(store, message["sid"], config["callback_url"], number, now)
    return str(asked["link"])


_CLICKS = (
    "SELECT link_click.id, link_click.at, event_type, short_link.*, message.* FROM link_click "
    "JOIN short_link USING (code) JOIN message ON message.sid = message_sid"
)


def _said(row: Row) -> dict[str, Any]:
    """Return what callback and event say alike of a click."""
    return {
        "to": row["to_"],
        "from": row["from_"],
        "link": row["link"],
        "click_time": iso(row["at"]),
        "messaging_service_sid": row["service_sid"],
        "account_sid": row["account_sid"],
        "user_agent": USER_AGENT,
    }


def callback(store: SandboxStore, number: int) -> callbacks.FormPairs:
    """Return what the callback of a click says, in Twilio's order."""
    row = store.one(f"{_CLICKS} WHERE link_click.id = ?", number) or {}
    return [*{"event_type": row["event_type"], "sms_sid": row["message_sid"], **_said(row)}.items()]


def events(store: SandboxStore) -> list[dict[str, Any]]:
    """Return every click as Event Streams would send it, oldest first; previews are not among them."""
    return [
        {
            "specversion": "1.0",
            "type": CLICKED,
            "source": f"/v1/Services/{row['service_sid']}",
            "id": "EZ" + store.digest(f"EZ:{row['id']}"),
            "dataschema": "https://events-schemas.twilio.com/DapTbt.LinkClicked/3",
            "datacontenttype": "application/json",
            "time": iso(row["at"]),
            "data": {
                "message_sid": row["message_sid"],
                **_said(row),
                "shortened_link": row["short"],
                "link_create_time": iso(row["created"]),
            },
        }
        for row in store.all(f"{_CLICKS} WHERE event_type = 'click' ORDER BY link_click.id")
    ]
