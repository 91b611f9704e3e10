"""A2P 10DLC: campaign texts (linter), campaigns, and whether an account is ready to register (readiness)."""
