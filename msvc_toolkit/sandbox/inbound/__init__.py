"""Inbound texts: what each one causes, and the answers to it."""
