"""Inbound texts: what one does, and what answers it."""
