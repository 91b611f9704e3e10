"""What is asked of the rows of a log, and the answers kept."""
