"""A2P 10DLC: check campaign texts (linter), register campaigns, and review how ready an account is (readiness)."""
