"""One file per Twilio resource: its parameters, its shape on the wire, its operations."""
