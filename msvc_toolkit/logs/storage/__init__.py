"""How a message log is kept: Parquet by day, in its newest state."""
