"""HTML that the toolkit writes: cards in a notebook, and whole documents."""
