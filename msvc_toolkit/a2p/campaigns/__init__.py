"""A2P 10DLC campaigns: read what a reviewer would say, correct it, register it."""
