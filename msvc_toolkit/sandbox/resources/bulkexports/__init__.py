"""Resources of bulkexports.twilio.com."""
