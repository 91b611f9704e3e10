"""Helpers for this package alone: the toolkit's folder, files that only their owner can read, secrets, arguments."""
