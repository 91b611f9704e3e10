"""Inbound texts: their effects, and the replies to them."""
