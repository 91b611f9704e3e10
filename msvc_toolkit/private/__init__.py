"""What belongs to the user alone: the toolkit's folder, files nobody else may read, secrets."""
