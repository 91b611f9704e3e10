"""The parts of all forms."""
