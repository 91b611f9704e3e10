"""Content templates: write one, have WhatsApp approve it, choose one to send."""
