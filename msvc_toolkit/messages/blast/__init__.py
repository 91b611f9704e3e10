"""One text to a list of recipients, to each of them once."""
