"""The guided path through the four steps."""
