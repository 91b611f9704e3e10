"""Run benchmarks and write docs/benchmarks.md from what they print: of all of them, or of those that are named.

python benchmarks/make_page.py log_click.py log_open.py
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
CLAIMS = (
    ("What each gets right", "peers_right.py"),
    ("What a text costs the server", "server_cpu.py"),
    ("Reading a long log", "pages.py"),
    ("Reviewing a large account", "a2p_review.py"),
    ("A page of messages as columns", "log_pages.py"),
    ("Pulling sixty days", "log_pull.py"),
    ("Opening ten million messages", "log_open.py"),
    ("Measuring ten million messages", "log_measures.py"),
    ("A hundred million messages", "log_scale.py"),
    ("A click in the explorer", "log_click.py"),
)
_HEAD = """# Benchmarks

Made by `make bench`; nothing here is typed by hand, and each section says on which day its script ran. Each script in
`benchmarks/` stands for one claim and runs the sandbox and its rivals in turn, in one run, on one machine. Ratios are
what to look at: no absolute time is a promise, and on a busy machine all of them grow. The rivals are npm `emulate`
0.10.0 and npm `@stoplight/prism-cli` 5.14.2, as their authors publish them.
"""


def main() -> None:
    """Run, and write the page once all have ended well."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--specs", default=os.environ.get("MSVC_SPECS"), help="folder of Twilio's OpenAPI files")
    ask.add_argument("scripts", nargs="*", help="those to run; the sections of the others stay as they are")
    asked = ask.parse_args()
    kept = {part.partition("\n")[0]: part for part in PAGE.read_text().split("\n## ")[1:]}
    parts = [_HEAD]
    environment = os.environ | ({"MSVC_SPECS": str(Path(asked.specs).absolute())} if asked.specs else {})
    for title, script in CLAIMS:
        if asked.scripts and script not in asked.scripts:
            parts.append("## " + kept.get(title, f"{title}\n\n{_claim(script)}\n\nNot run yet.\n"))
            continue
        print(f"{script} ...", file=sys.stderr)
        command = [sys.executable, str(HERE / script)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)  # noqa: S603 - ours
        day = f"Run on {datetime.now(UTC):%Y-%m-%d}:"
        parts.append(
            f"## {title}\n\n{_claim(script)}\n\n{day}\n\n{ran.stdout.strip()}\n\n`python benchmarks/{script}`\n"
        )
    PAGE.write_text("\n".join(parts))


def _claim(script: str) -> str:
    """Return what a script says of itself."""
    text = (HERE / script).read_text()
    return text.split('"""')[1].strip()


if __name__ == "__main__":
    main()
