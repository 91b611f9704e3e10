"""A text that a person sends: what it does, and what answers it."""
