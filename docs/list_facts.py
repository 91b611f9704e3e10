"""Lists where and when each fact about Twilio was read, from the tables' own source lines.

    make facts

Writes docs/facts.md; with --check it writes nothing and fails on a difference.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msvc_toolkit.rules import facts

PAGE = Path(__file__).parent / "facts.md"
CODES = "rules/error_codes.toml"


def page() -> str:
    """Return the page."""
    found = facts.all_facts()
    whole = [fact for fact in found if not fact.name]
    single = [fact for fact in found if fact.name and fact.table != CODES]
    codes = Counter(fact.read for fact in found if fact.name and fact.table == CODES)
    unread = sum("page not read" in fact.source for fact in found)
    gaps = [(name, gap) for name in facts.TABLES for gap in facts.table(name).get("uncertain", ())]
    parts = [
        "# Where the facts about Twilio were read",
        (
            "Made by `make facts` from the TOML tables of `msvc_toolkit/`; change those, not this page. `msvc doctor` warns when "
            "a table has a fact that was read more than a year ago. Rules and numbers in the code carry a `Source:` line of "
            "their own."
        ),
        _table(("grade", "read"), [(grade, told) for grade, told in facts.GRADES.items()]),
        "## Tables",
        _table(
            ("table", "about", "grade", "read", "source"),
            [(f"`{one.table}`", facts.table(one.table)["about"], one.grade, one.read, one.source) for one in whole],
        ),
        "## Entries with a source of their own",
        (
            f"Of the error codes, {', '.join(f'{n} were read {day}' for day, n in sorted(codes.items()))}; of {unread} the page itself was not at hand. Each names its page in "
            f"`{CODES}`."
        ),
        _table(
            ("table", "entry", "grade", "read", "source"),
            [(f"`{one.table}`", one.name, one.grade, one.read, one.source) for one in single],
        ),
        "## Gaps",
        "\n".join(f"* `{name}`: {gap}" for name, gap in gaps),
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [tuple(head)]
    lines.append(("---",) * len(lines[0]))
    lines += [tuple(str(cell).replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    written = page()
    if "--check" in sys.argv:
        sys.exit(
            0 if PAGE.read_text("utf-8") == written else "docs/facts.md is not in step with the tables: make facts"
        )
    PAGE.write_text(written, "utf-8")
