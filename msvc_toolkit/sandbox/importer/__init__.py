"""Copies a live account into a sandbox."""
