"""Requests to the user's own server."""
