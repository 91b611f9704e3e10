"""Numbers that agree with their nouns: 1 message, 2 messages."""


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun; the plural is the noun with an s when not given."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
