"""How messages are pulled from an account."""
