"""The A2P 10DLC readiness review: facts, checks, results, drawing."""
