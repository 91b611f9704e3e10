"""Planning a large send: what it takes, when it ends, what it costs, and what would do better."""
