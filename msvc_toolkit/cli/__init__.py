"""The command msvc."""
