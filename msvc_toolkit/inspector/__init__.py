"""See inside: a phone that the account writes to, and what happened to every message."""
