"""Resources of trusthub.twilio.com."""
