"""Draw which part of the package imports which, from the imports in the code, into docs/architecture.md.

    make architecture

With --check it writes nothing and fails on a difference.
"""

import re
import sys
from pathlib import Path

import grimp

PAGE = Path(__file__).parent / "architecture.md"
PACKAGE = "msvc_toolkit"
_BLOCK = re.compile(r"(<!-- imports -->\n).*?(<!-- end -->)", re.DOTALL)


def edges() -> set[tuple[str, str]]:
    """Pairs of parts of which the first imports the second."""
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
    found = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = _part(module), _part(imported)
            if pair[0] != pair[1] and all(pair):
                found.add(pair)
    return found


def shown(pairs: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs without those that a longer way implies, which would hide the picture's shape."""
    below = {part: {other for one, other in pairs if one == part} for pair in pairs for part in pair}

    def reach(part: str) -> set[str]:
        return below[part].union(*map(reach, below[part]))

    return sorted((one, other) for one, other in pairs if not any(other in reach(via) for via in below[one] - {other}))


def diagram() -> str:
    """The picture in Mermaid, which GitHub draws."""
    pairs = shown(edges())
    return "\n".join(["```mermaid", "flowchart TD", *(f"    {one} --> {other}" for one, other in pairs), "```", ""])


def page(text: str) -> str:
    """The page with the picture as the code is now."""
    return _BLOCK.sub(lambda found: found[1] + diagram() + found[2], text)


def _part(module: str) -> str:
    """The folder or file directly under the package; empty for the package's own `__init__`."""
    return module.partition(".")[2].partition(".")[0].strip("_")


def main(check: bool) -> int:
    """Write the page, or return 1 if it differs."""
    old = PAGE.read_text("utf-8")
    if check:
        return int(page(old) != old)
    PAGE.write_text(page(old), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
