"""Resources of content.twilio.com."""
