"""The A2P 10DLC readiness review: reads facts, runs checks, and draws the results."""
