"""Questions about the rows of a log, and the cache of their answers."""
