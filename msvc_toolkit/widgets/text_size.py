"""A text's segments, shown below its input, and a button that replaces expensive characters."""

from __future__ import annotations

from collections.abc import Callable

from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.segments import Segments, measure, smart_encode
from msvc_toolkit.widgets.fields import Field, button, html


class TextSize:
    """Count the segments of a text as it is typed.

    Args:
        field: The text's input.
        replaced: Called after a click has replaced characters.

    Attributes:
        size: How full each segment is.
        fix: The button that replaces characters.
    """

    def __init__(self, field: Field, replaced: Callable[[], object]) -> None:
        self.field = field
        self._replaced = replaced
        self.size, self.fix = html("size"), button("Replace", "fix", self._replace, hidden=True)
        field.view.children = [*field.view.children, self.size, self.fix]

    def show(self, now: Segments) -> None:
        """Show the text's segments now."""
        self.size.value = _meter(now) if now.body else ""
        self.fix.layout.display = "none" if _shorter(now) is None else ""
        self.fix.description = _fix_label(now)

    def _replace(self) -> None:
        self.field.widget.value = smart_encode(self.field.widget.value)
        self._replaced()


def costly(now: Segments) -> list[Problem]:
    """Warn of characters that cost more segments and have a cheaper look-alike."""
    replaced = _shorter(now)
    if replaced is None or replaced.count >= now.count:
        return []
    first, more = now.offenders[0], len({o.character for o in now.offenders}) - 1
    also = f" and {count(more, 'other character')} make" if more else " makes"
    sentence = (
        f"The character {first.character} ({first.name.lower()}){also} the text {count(now.count, 'segment')}. "
        f"With plain characters it is {count(replaced.count, 'segment')}."
    )
    return [Problem("body", sentence, blocks=False)]


def _meter(now: Segments) -> str:
    """Show how full each segment is, and which characters make a text larger than it looks."""
    each = now.capacity // now.count
    parts = [1.0] * (now.count - 1) + [1 - now.room / each]
    words = f"{count(now.count, 'segment')}, {now.units} of {now.capacity} characters, {now.encoding}"
    notes = [] if costly(now) else now.sentences[1:]
    if now.units != now.characters:
        notes = [*notes, f"{now.characters} visible characters; some of them count as more than one."]
    return cards.meter(parts, words) + cards.join(cards.text(note, css="msvc-help") for note in notes)


def _shorter(now: Segments) -> Segments | None:
    """Return the text with GSM-7 look-alikes; None if that makes it neither shorter nor GSM-7."""
    if not any(one.replacement is not None for one in now.offenders):
        return None
    found = measure(smart_encode(now.body))
    return found if found.count < now.count or found.encoding != now.encoding else None


def _fix_label(now: Segments) -> str:
    pairs = dict.fromkeys((o.character, o.replacement) for o in now.offenders if o.replacement is not None)
    if len(pairs) != 1:
        return f"Replace {count(len(pairs), 'character')} by look-alikes"
    [(character, replacement)] = pairs
    return f"Replace {character} with {replacement}" if replacement.strip() else f"Remove “{character}”"
