"""The statuses of a message: their meaning, their order, and which are final.

Source: Messages resource, status values, and guide "Track the message status of outbound messages", read 2026-11-23.
"""

MEANING = {
    "accepted": "Twilio has it; the service will pick a sender",
    "scheduled": "Twilio keeps it until its time",
    "queued": "a sender is picked and the message waits its turn",
    "sending": "on its way to the carrier",
    "sent": "the carrier took it; no receipt yet",
    "delivered": "the carrier confirms that it arrived",
    "undelivered": "the carrier reports that it did not arrive",
    "failed": "Twilio could not send it",
    "canceled": "canceled before its time",
    "read": "the recipient opened it",
    "receiving": "arriving",
    "received": "arrived",
    "partially_delivered": "part of it arrived (deprecated)",
}
ORDER = {
    "scheduled": 0, "accepted": 1, "queued": 2, "sending": 3, "receiving": 3, "sent": 4,
    "canceled": 5, "delivered": 5, "failed": 5, "partially_delivered": 5, "received": 5, "undelivered": 5, "read": 6,
}  # fmt: skip
"""The order of the statuses: a message never goes back to a lower one. The position of the last ones is our reading."""
FINAL = frozenset({"canceled", "delivered", "failed", "read", "received", "undelivered"})
"""Statuses after which nothing but the price changes."""
