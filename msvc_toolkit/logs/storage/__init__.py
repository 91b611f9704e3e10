"""Storage of a message log: Parquet files by day, with each message in its newest state."""
