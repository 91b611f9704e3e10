"""The sandbox on a port of this machine."""
