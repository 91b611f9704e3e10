"""Resources of messaging.twilio.com."""
