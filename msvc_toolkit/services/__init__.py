"""Step 1: create a Messaging Service and set how it behaves."""
