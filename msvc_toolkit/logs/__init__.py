"""The message log: pull it, keep it, measure it, draw it."""
