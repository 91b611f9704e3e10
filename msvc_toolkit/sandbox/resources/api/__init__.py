"""Resources of api.twilio.com."""
