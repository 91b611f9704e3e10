"""A live account, copied into a sandbox."""
