"""Step 2: decide how inbound messages are handled."""
