"""How messages come in: pulled from an account, or imported from files."""
