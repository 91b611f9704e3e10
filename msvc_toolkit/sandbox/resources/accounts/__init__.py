"""Resources of accounts.twilio.com."""
